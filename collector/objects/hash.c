/* Hashing of text: eight bytes a step, each folded in by a multiplication of 64 by 64 bits (the
 * idea of wyhash, Wang Yi 2019). Not for input that an attacker chooses. */
#include "collector/objects/hash.h"

#include <string.h>

uint64_t hash_bytes(const char *text, int64_t length)
{
    uint64_t hash = (uint64_t)length;
    uint64_t word = 0;
    for (; length > 8; text += 8, length -= 8) {
        memcpy(&word, text, 8);
        hash = hash_mix(hash, word);
    }
    word = 0;
    memcpy(&word, text, (size_t)length);
    hash = hash_mix(hash, word);
    return hash != 0 ? hash : 1;
}
