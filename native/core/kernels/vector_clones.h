#pragma once

/**
 * Marks a function that holds a hot loop: GCC compiles it once for each vector unit and the program
 * loader picks the best one that the CPU has. The names are architecture levels, not single
 * features: an "avx2" clone would have no fused multiply-add, and results would come to depend on
 * how an array is split. A lambda given to at::parallel_for is not cloned, so such a lambda must
 * call a function that is.
 *
 * Tests compile all of this for one lesser unit alone: DCGAN_ONLY_AVX2 or DCGAN_ONLY_PLAIN.
 */
#if !defined(__x86_64__) || !defined(__GNUC__) || defined(__clang__) || defined(DCGAN_ONLY_PLAIN)
#define DCGAN_VECTOR_CLONES
#elif defined(DCGAN_ONLY_AVX2)
#define DCGAN_VECTOR_CLONES __attribute__((target("arch=x86-64-v3")))
#else
#define DCGAN_HAS_VECTOR_CLONES
#define DCGAN_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif

/**
 * For what multiplies or rounds to bfloat16 by instructions of its own: not a clone, but called
 * only where the CPU has them.
 */
#if defined(DCGAN_HAS_VECTOR_CLONES)
#define DCGAN_HAS_BFLOAT16_CODE
#define DCGAN_BFLOAT16_CODE __attribute__((target("arch=x86-64-v4,avx512bf16")))
#elif defined(__aarch64__) && defined(__linux__) && !defined(__clang__)
#define DCGAN_HAS_BFLOAT16_CODE
#define DCGAN_BFLOAT16_CODE __attribute__((target("arch=armv8.2-a+bf16")))
#endif

/** For the helpers of such a function: only what is inlined into it is cloned with it. */
#define DCGAN_INLINE inline __attribute__((always_inline))
#define DCGAN_INLINE_LAMBDA __attribute__((always_inline))
