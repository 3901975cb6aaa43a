#include "peak.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

#include "bfloat16_unit.h"
#include "gemm.h"
#include "vector_clones.h"

namespace dcgan {
namespace {

constexpr int64_t turns = 1 << 19;
constexpr int runs = 10;

/** What one thread did in a loop: `result` is there so that the loop is. */
struct Work {
  double multiply_adds;
  float result;
};

template <int Lanes>
struct Vector {
  typedef float type __attribute__((vector_size(Lanes * sizeof(float))));
};

/**
 * `turns` multiply-adds in each of `Chains` vectors. There are more of them than the multiply-adds
 * that are under way at once, and fewer than registers.
 */
template <int Chains, int Lanes>
DCGAN_INLINE Work multiply_add_chains() {
  using V = typename Vector<Lanes>::type;
  const V factor = V{} + 0.5f, term = V{} + 1.0f;
  V sum[Chains];
  // Different numbers, or the compiler would compute one chain for all.
  for (int c = 0; c < Chains; ++c) sum[c] = V{} + static_cast<float>(c);
  for (int64_t turn = 0; turn < turns; ++turn) {
#pragma GCC unroll 16
    for (int c = 0; c < Chains; ++c) sum[c] = sum[c] * factor + term;
  }
  V total = {};
  for (int c = 0; c < Chains; ++c) total += sum[c];
  return {static_cast<double>(turns) * Chains * Lanes, total[0]};
}

// Written out for the reason that those of gemm.cpp are: it depends on the number of registers.
#if defined(DCGAN_HAS_VECTOR_CLONES)
__attribute__((target("arch=x86-64-v4"))) Work float32_work() { return multiply_add_chains<12, 16>(); }
__attribute__((target("arch=x86-64-v3"))) Work float32_work() { return multiply_add_chains<12, 8>(); }
__attribute__((target("default"))) Work float32_work() { return multiply_add_chains<8, 4>(); }
#elif defined(DCGAN_HAS_BFLOAT16_CODE)
Work float32_work() { return multiply_add_chains<16, 4>(); }
#else
Work float32_work() { return multiply_add_chains<8, 4>(); }
#endif

#ifdef DCGAN_HAS_BFLOAT16_CODE
/** The same of pairs of bfloat16. */
DCGAN_BFLOAT16_CODE Work bfloat16_work() {
  using namespace bfloat16_unit;
  constexpr int chains = 2 * most_rows, pair = 2;
  // 0.3008 twice: a number with fewer digits GCC 12 would write as one of half precision, on arm64.
  const Pairs factor = broadcast(0x3e9a3e9a);
  Sums sum[chains];
  for (int c = 0; c < chains; ++c) sum[c] = Sums{} + static_cast<float>(c);
  for (int64_t turn = 0; turn < turns; ++turn) {
#pragma GCC unroll 32
    for (int c = 0; c < chains; ++c) sum[c] = multiply_add(sum[c], factor, factor);
  }
  Sums total = {};
  for (int c = 0; c < chains; ++c) total += sum[c];
  return {static_cast<double>(turns) * chains * lanes * pair, total[0]};
}
#endif

/** GFLOP/s of `work` on all threads at once, the best of a few runs. */
template <typename F>
double best(F work) {
  const int threads = at::get_num_threads();
  const double operations = 2 * work().multiply_adds * threads;
  std::atomic<float> result;
  double shortest = std::numeric_limits<double>::infinity();
  for (int run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    at::parallel_for(0, threads, 1, [&](int64_t, int64_t) { result = work().result; });
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    shortest = std::min(shortest, seconds.count());
  }
  return 1e-9 * operations / shortest;
}

}  // namespace

Peak measure_peak() {
  Peak peak{best([] { return float32_work(); }), std::nullopt};
#ifdef DCGAN_HAS_BFLOAT16_CODE
  if (multiplies_bfloat16()) peak.bfloat16 = best([] { return bfloat16_work(); });
#endif
  return peak;
}

}  // namespace dcgan
