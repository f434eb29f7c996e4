/* Seeded random numbers: xoshiro256**, its state filled by splitmix64 (Blackman and Vigna, 2018).
 * The same seed gives the same sequence on every machine: workloads, shuffles and tests rest on it.
 * Not for secrets. */
#ifndef HEAPDYNO_BASE_RNG_H
#define HEAPDYNO_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state[4];
};

static inline uint64_t rng_split(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline void rng_seed(struct rng *self, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        self->state[i] = rng_split(&seed);
    }
}

static inline uint64_t rng_rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static inline uint64_t rng_next(struct rng *self)
{
    uint64_t *s = self->state;
    uint64_t result = rng_rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rng_rotate(s[3], 45);
    return result;
}

/* A number in [0, n), n > 0. Lemire's multiplication; the bias, below n / 2^64, is not corrected.
 */
static inline uint64_t rng_below(struct rng *self, uint64_t n)
{
    return (uint64_t)(((unsigned __int128)rng_next(self) * n) >> 64);
}

/* A number in [0, 1). */
static inline double rng_unit(struct rng *self)
{
    return (double)(rng_next(self) >> 11) * 0x1p-53;
}

#endif
