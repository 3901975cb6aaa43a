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
  /** [count, classes]: what each class counts, 1 and 0 where an image is of one; none without classes. */
  std::vector<float> classes;
};

/**
 * A list of `{ count, from: Float32Array | seed, first?, labels: Int32Array | Float32Array | null }`, the
 * arrays copied.
 */
std::vector<Latents> latents_argument(const Napi::CallbackInfo& info, size_t index, const Options& options);

/** How many images they are in all. */
int64_t count_of(const std::vector<Latents>& latents);

/** One array of all, z [count, latent + classes]: what a seed decides is drawn. */
std::vector<float> draw(const std::vector<Latents>& latents, const Options& options);

/**
 * What each class counts, [count, classes]: of an Int32Array of labels 1 and 0, of a Float32Array its own
 * numbers.
 */
std::vector<float> class_weights_of(const Napi::Value& labels, int64_t count, int64_t classes);

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

/** A copy of a Float32Array; with a count, one that must hold so many numbers. */
std::vector<float> floats_of(const Napi::Value& value);
std::vector<float> floats_of(const Napi::Value& value, int64_t count);

inline std::vector<float> float_argument(const Napi::CallbackInfo& info, size_t index, int64_t count) {
  return floats_of(info[index], count);
}

/** The bytes of a Uint8Array, which are the caller's; of anything else none. */
struct Bytes {
  const uint8_t* data;
  int64_t count;
};
Bytes bytes_of(const Napi::Value& value);

/** A whole number ≥ least. */
int64_t whole_number(const Napi::Value& given, int64_t least);

inline int64_t integer_argument(const Napi::CallbackInfo& info, size_t index, int64_t least) {
  return whole_number(info[index], least);
}

/** The number, or the text, of that name, which must be there. */
double number_of(const Napi::Object& object, const char* name);
std::string string_of(const Napi::Object& object, const char* name);

/** A learning rate in argument `index`, within the bounds of lib/options.ts. */
double rate_argument(const Napi::CallbackInfo& info, size_t index);

/** Complete: `threads: 0` is replaced by the number that it stands for. */
Options options_of(const Napi::Value& value);

inline Options options_argument(const Napi::CallbackInfo& info, size_t index) {
  return options_of(info[index]);
}

/** A tensor that a caller gives or gets: name, shape, float32 numbers in C order. */
struct HostTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> data;
};

std::vector<HostTensor> state_of(const Napi::Value& value);

inline std::vector<HostTensor> state_argument(const Napi::CallbackInfo& info, size_t index) {
  return state_of(info[index]);
}

/** Copies of tensors of any device. */
std::vector<HostTensor> to_host(const std::vector<NamedTensor>& tensors);

/** Fills tensors from those of the same name. Throws ERR_SHAPE for an unknown name or another shape. */
void fill_from(const std::vector<HostTensor>& from, const std::vector<NamedTensor>& to);

/** For promises, where the environment may be closing: null when Node refuses. */
napi_value float_array(napi_env env, const std::vector<float>& data);
napi_value byte_array(napi_env env, const std::string& bytes);
napi_value list(napi_env env, const std::vector<napi_value>& values);
napi_value number(napi_env env, double value);
napi_value truth(napi_env env, bool value);
napi_value text(napi_env env, const std::string& value);
napi_value object(napi_env env, const std::vector<std::pair<const char*, napi_value>>& properties);
napi_value state_object(napi_env env, const std::vector<HostTensor>& tensors);

}  // namespace dcgan
