#include "net/config/key.h"

void key_to_hex(const uint8_t key[KEY_SIZE], char hex[KEY_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < KEY_SIZE; i++) {
        hex[2 * i] = digits[key[i] >> 4];
        hex[2 * i + 1] = digits[key[i] & 15];
    }
    hex[2 * KEY_SIZE] = '\0';
}

/* -1 where it is no hex digit. */
static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool key_from_hex(const char *hex, size_t size, uint8_t key[KEY_SIZE])
{
    if (size != 2 * KEY_SIZE)
        return false;
    for (size_t i = 0; i < size; i++)
        if (digit(hex[i]) < 0)
            return false;
    for (size_t i = 0; i < KEY_SIZE; i++)
        key[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return true;
}
