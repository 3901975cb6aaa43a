#pragma once

#include <string>
#include <vector>

#include "../core/network/network.h"
#include "../core/options.h"
#include "napi_setup.h"

namespace dcgan {

/** What some images are drawn from: numbers [count, latent], or the seed that decides them. */
struct Latents {
  int64_t count;
  std::vector<float> noise;
  /** Where there is no noise, and how many images of that seed come before. */
  uint64_t seed;
  int64_t first;
  /** [count]: the class of each; none without classes. */
  std::vector<int64_t> labels;
};

/** A list of `{ count, from: Float32Array | seed, first?, labels: Int32Array | null }`, the arrays copied. */
std::vector<Latents> latents_argument(const Napi::CallbackInfo& info, size_t index, const Options& options);

/** How many images they are in all. */
int64_t count_of(const std::vector<Latents>& latents);

/** One array of all, z [count, latent + classes]: what a seed decides is drawn. */
std::vector<float> draw(const std::vector<Latents>& latents, const Options& options);

/** Classes in argument `index`, an Int32Array of `count` for networks that know some; else null, and none. */
std::vector<int64_t> labels_argument(const Napi::CallbackInfo& info, size_t index, int64_t count,
                                     const Options& options);

/** An array that a job fills on the worker's thread, kept alive by `Worker::submit`. */
struct Output {
  napi_value array;
  float* data;
};

/** An array of JavaScript's, zeros. Throws ERR_OUT_OF_MEMORY where there is no room for it. */
Output make_output(Napi::Env env, int64_t count);

/** A copy of the Float32Array in argument `index`, which must hold `count` numbers. */
std::vector<float> float_argument(const Napi::CallbackInfo& info, size_t index, int64_t count);

/** The bytes of a Uint8Array, which are the caller's; of anything else none. */
struct Bytes {
  const uint8_t* data;
  int64_t count;
};
Bytes bytes_of(const Napi::Value& value);

/** A whole number ≥ least in argument `index`. */
int64_t integer_argument(const Napi::CallbackInfo& info, size_t index, int64_t least);

/** A learning rate in argument `index`, within the bounds of lib/options.ts. */
double rate_argument(const Napi::CallbackInfo& info, size_t index);

/** Complete: `threads: 0` is replaced by the number that it stands for. */
Options options_argument(const Napi::CallbackInfo& info, size_t index);

/** A tensor that a caller gives or gets: name, shape, float32 numbers in C order. */
struct HostTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> data;
};

std::vector<HostTensor> state_argument(const Napi::CallbackInfo& info, size_t index);

/** Copies of tensors of any device. */
std::vector<HostTensor> to_host(const std::vector<NamedTensor>& tensors);

/** Fills tensors from those of the same name. Throws ERR_SHAPE for an unknown name or another shape. */
void fill_from(const std::vector<HostTensor>& from, const std::vector<NamedTensor>& to);

/** For promises, where the environment may be closing: null when Node refuses. */
napi_value float_array(napi_env env, const std::vector<float>& data);
napi_value number(napi_env env, double value);
napi_value text(napi_env env, const std::string& value);
napi_value object(napi_env env, const std::vector<std::pair<const char*, napi_value>>& properties);
napi_value state_object(napi_env env, const std::vector<HostTensor>& tensors);

}  // namespace dcgan
