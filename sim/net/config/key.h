/* A CURVE key as bytes and as text: 64 hex digits. Pairs and files of keys are net/wire/keys.h's.
 */
#ifndef NET_CONFIG_KEY_H
#define NET_CONFIG_KEY_H

#include "base/base.h"

#define KEY_SIZE     32u
#define KEY_HEX_SIZE 65u /* 64 digits and a NUL */

/* Lower-case digits and a NUL. */
void key_to_hex(const uint8_t key[KEY_SIZE], char hex[KEY_HEX_SIZE]);

/* Whether `hex` is exactly 64 hex digits of either case; if so `key` is set to their bytes, else it
 * is unchanged. */
bool key_from_hex(const char *hex, size_t size, uint8_t key[KEY_SIZE]);

#endif
