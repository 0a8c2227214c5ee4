/* A key as text. */
#include "net/config/key.h"

#include "support/suite.h"

#include <string.h>

static const char secret[] = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";

static void hex_is_64_digits_of_either_case(void)
{
    uint8_t key[KEY_SIZE], again[KEY_SIZE];
    char hex[KEY_HEX_SIZE], upper[KEY_HEX_SIZE];
    CU_ASSERT_TRUE(key_from_hex(secret, 64, key));
    CU_ASSERT_EQUAL(key[0], 0x77);
    CU_ASSERT_EQUAL(key[31], 0x2a);
    key_to_hex(key, hex);
    CU_ASSERT_STRING_EQUAL(hex, secret);
    for (size_t i = 0; i < sizeof hex; i++)
        upper[i] = (char)(hex[i] >= 'a' ? hex[i] - 'a' + 'A' : hex[i]);
    CU_ASSERT_TRUE(key_from_hex(upper, 64, again));
    CU_ASSERT_EQUAL(memcmp(key, again, KEY_SIZE), 0);
    CU_ASSERT_FALSE(key_from_hex(secret, 63, key));
    CU_ASSERT_FALSE(key_from_hex(secret, 65, key));
    hex[63] = 'g';
    CU_ASSERT_FALSE(key_from_hex(hex, 64, key));
}

static void what_is_no_key_leaves_the_key_as_it_was(void)
{
    uint8_t key[KEY_SIZE] = {7}, before[KEY_SIZE] = {7};
    char text[KEY_HEX_SIZE];
    strcpy(text, secret);
    text[63] = '/';
    CU_ASSERT_FALSE(key_from_hex(text, 64, key));
    CU_ASSERT_EQUAL(memcmp(key, before, KEY_SIZE), 0);
}

SUITE(net_config_key, TEST(hex_is_64_digits_of_either_case),
      TEST(what_is_no_key_leaves_the_key_as_it_was));
