#include "arguments.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../core/error.h"
#include "../core/kernels/random.h"
#include "../core/network/recipe.h"
#include "../core/threads.h"
#include "failure.h"

namespace dcgan {
namespace {

/** That of lib/options.ts. */
constexpr double most_learning_rate = 1e6;

[[noreturn]] void refuse_array(Napi::Env env, const std::string& sentence) {
  throw_error(env, {"ERR_SHAPE", sentence});
}

[[noreturn]] void refuse_option(Napi::Env env, const std::string& sentence) {
  throw_error(env, {"ERR_OPTION", sentence});
}

/** null and undefined are none. */
std::optional<double> optional_number(const Napi::Object& object, const char* name) {
  const auto value = object.Get(name);
  if (value.IsNull() || value.IsUndefined()) return std::nullopt;
  if (!value.IsNumber())
    refuse_option(object.Env(), std::string("Native option '") + name + "' is not a number.");
  return value.As<Napi::Number>().DoubleValue();
}

/** Whether a list of names holds one. */
bool names(const Napi::Object& object, const char* list, const std::string& wanted) {
  const auto value = object.Get(list);
  if (!value.IsArray()) refuse_option(object.Env(), std::string("Native option '") + list + "' is no list.");
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    if (array.Get(i).ToString().Utf8Value() == wanted) return true;
  }
  return false;
}

}  // namespace

std::string string_of(const Napi::Object& object, const char* name) {
  const auto value = object.Get(name);
  if (!value.IsString())
    refuse_option(object.Env(), std::string("Native option '") + name + "' is not a string.");
  return value.As<Napi::String>().Utf8Value();
}

namespace {

std::string text_of(at::IntArrayRef shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

bool is_float_array(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_float32_array;
}

/** Zeros, of a type by its name in JavaScript. Null where Node refuses; then an exception may be pending. */
napi_value new_array(napi_env env, const char* type_name, size_t count, void** memory) {
  napi_value global, type, size, array;
  // Not napi_create_arraybuffer: without memory that ends the process, while the constructor throws.
  const bool made =
      napi_get_global(env, &global) == napi_ok &&
      napi_get_named_property(env, global, type_name, &type) == napi_ok &&
      napi_create_double(env, static_cast<double>(count), &size) == napi_ok &&
      napi_new_instance(env, type, 1, &size, &array) == napi_ok &&
      napi_get_typedarray_info(env, array, nullptr, nullptr, memory, nullptr, nullptr) == napi_ok;
  return made ? array : nullptr;
}

std::vector<int64_t> labels_of(const Napi::Value& value, int64_t count, int64_t classes) {
  if (classes == 0) return {};
  const bool integers =
      value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
  if (!integers || static_cast<int64_t>(value.As<Napi::Int32Array>().ElementLength()) != count) {
    refuse_array(value.Env(), "An Int32Array of " + std::to_string(count) + " labels was expected.");
  }
  const auto array = value.As<Napi::Int32Array>();
  std::vector<int64_t> labels(array.Data(), array.Data() + count);
  // They become indices.
  if (std::all_of(labels.begin(), labels.end(),
                  [&](int64_t label) { return label >= 0 && label < classes; })) {
    return labels;
  }
  refuse_array(value.Env(), "A label is none of the " + std::to_string(classes) + " classes.");
}

}  // namespace

double number_of(const Napi::Object& object, const char* name) {
  if (const auto value = optional_number(object, name)) return *value;
  refuse_option(object.Env(), std::string("Native option '") + name + "' is missing.");
}

std::vector<float> floats_of(const Napi::Value& value) {
  if (!is_float_array(value)) refuse_array(value.Env(), "A Float32Array was expected.");
  const auto array = value.As<Napi::Float32Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

std::vector<float> floats_of(const Napi::Value& value, int64_t count) {
  auto numbers = floats_of(value);
  if (static_cast<int64_t>(numbers.size()) != count) {
    refuse_array(value.Env(), "The array holds " + std::to_string(numbers.size()) + " numbers where " +
                                  std::to_string(count) + " were expected.");
  }
  return numbers;
}

Bytes bytes_of(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    return {nullptr, 0};
  }
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), static_cast<int64_t>(array.ElementLength())};
}

int64_t whole_number(const Napi::Value& given, int64_t least) {
  const double value = given.IsNumber() ? given.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(value >= static_cast<double>(least) && value < 0x1p53 && value == std::floor(value))) {
    refuse_option(given.Env(), "A whole number of at least " + std::to_string(least) + " was expected.");
  }
  return static_cast<int64_t>(value);
}

double rate_argument(const Napi::CallbackInfo& info, size_t index) {
  const double rate = info[index].IsNumber() ? info[index].As<Napi::Number>().DoubleValue() : 0;
  if (!(rate > 0 && rate <= most_learning_rate)) {
    refuse_option(info.Env(), "A learning rate above 0 and of at most 10⁶ was expected.");
  }
  return rate;
}

std::vector<int64_t> labels_argument(const Napi::CallbackInfo& info, size_t index, int64_t count,
                                     const Options& options) {
  return labels_of(info[index], count, options.classes);
}

std::vector<float> class_weights_of(const Napi::Value& labels, int64_t count, int64_t classes) {
  if (classes > 0 && is_float_array(labels)) return floats_of(labels, count * classes);
  std::vector<float> weights(static_cast<size_t>(count * classes));
  float* of_image = weights.data();
  for (const int64_t label : labels_of(labels, count, classes)) {
    of_image[label] = 1;
    of_image += classes;
  }
  return weights;
}

std::vector<Latents> latents_argument(const Napi::CallbackInfo& info, size_t index, const Options& options) {
  if (!info[index].IsArray()) refuse_array(info.Env(), "A list of latents was expected.");
  const auto list = info[index].As<Napi::Array>();
  std::vector<Latents> latents;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    const auto piece = list.Get(i);
    if (!piece.IsObject()) refuse_array(info.Env(), "Latents must be { count, from }.");
    const auto from = piece.As<Napi::Object>().Get("from");
    const int64_t count = whole_number(piece.As<Napi::Object>().Get("count"), 1);
    auto classes = class_weights_of(piece.As<Napi::Object>().Get("labels"), count, options.classes);
    if (from.IsNumber()) {
      const auto first = piece.As<Napi::Object>().Get("first");
      latents.push_back({count,
                         {},
                         static_cast<uint64_t>(whole_number(from, 0)),
                         first.IsUndefined() ? 0 : whole_number(first, 0),
                         std::move(classes)});
    } else {
      latents.push_back({count, floats_of(from, count * options.latent_size), 0, 0, std::move(classes)});
    }
  }
  return latents;
}

int64_t count_of(const std::vector<Latents>& latents) {
  int64_t count = 0;
  for (const auto& piece : latents) count += piece.count;
  return count;
}

std::vector<float> draw(const std::vector<Latents>& latents, const Options& options) {
  const int64_t size = options.latent_size, width = size + options.classes;
  std::vector<float> z(static_cast<size_t>(count_of(latents) * width));
  float* to = z.data();
  for (const auto& [count, noise, seed, first, classes] : latents) {
    std::vector<float> drawn;
    if (noise.empty()) {
      drawn.resize(static_cast<size_t>((first + count) * size));
      fill_normal({seed, Purpose::sample, 0}, drawn.data(), (first + count) * size);
    }
    const float* from = noise.empty() ? drawn.data() + first * size : noise.data();
    for (int64_t i = 0; i < count; ++i, to += width, from += size) {
      std::copy_n(from, size, to);
      std::copy_n(classes.data() + i * options.classes, options.classes, to + size);
    }
  }
  return z;
}

Output make_output(Napi::Env env, int64_t count) {
  void* data = nullptr;
  const auto array = new_array(env, "Float32Array", static_cast<size_t>(count), &data);
  if (array != nullptr) return {array, static_cast<float*>(data)};
  if (env.IsExceptionPending()) env.GetAndClearPendingException();
  throw_error(env, {"ERR_OUT_OF_MEMORY", {}});
}

Options options_of(const Napi::Value& value) {
  if (!value.IsObject()) refuse_option(value.Env(), "An object of options was expected.");
  const auto given = value.As<Napi::Object>();
  Options options;
  options.batch_size = static_cast<int64_t>(number_of(given, "batchSize"));
  options.latent_size = static_cast<int64_t>(number_of(given, "latentSize"));
  options.image_size = static_cast<int64_t>(number_of(given, "imageSize"));
  options.channels = static_cast<int64_t>(number_of(given, "channels"));
  options.features = static_cast<int64_t>(number_of(given, "features"));
  options.classes = static_cast<int64_t>(number_of(given, "classes"));
  options.objective = string_of(given, "objective");
  options.label_smoothing = number_of(given, "labelSmoothing");
  options.r1 = number_of(given, "r1");
  options.r2 = number_of(given, "r2");
  options.gradient_penalty = number_of(given, "gradientPenalty");
  options.spectral_norm = given.Get("spectralNorm").ToBoolean();
  options.rounded_gradients = string_of(given, "gradientPrecision") == "bfloat16";
  options.sync_batch_norm = given.Get("syncBatchNorm").ToBoolean();
  options.discriminator_steps = static_cast<int64_t>(number_of(given, "discriminatorSteps"));
  options.learning_rate = number_of(given, "learningRate");
  options.learning_rate_generator = optional_number(given, "learningRateGenerator");
  options.learning_rate_discriminator = optional_number(given, "learningRateDiscriminator");
  options.schedule_steps = static_cast<int64_t>(optional_number(given, "scheduleSteps").value_or(0));
  options.final_learning_rate = optional_number(given, "finalLearningRate");
  options.final_beta2 = optional_number(given, "finalBeta2");
  options.final_r1 = optional_number(given, "finalR1");
  options.final_r2 = optional_number(given, "finalR2");
  options.translate = names(given, "augment", "translate");
  options.cutout = names(given, "augment", "cutout");
  options.colour = names(given, "augment", "colour");
  options.ema = number_of(given, "ema");
  options.beta1 = number_of(given, "beta1");
  options.beta2 = number_of(given, "beta2");
  options.epsilon = number_of(given, "epsilon");
  options.dropout = number_of(given, "dropout");
  options.seed = static_cast<uint64_t>(number_of(given, "seed"));
  options.device = string_of(given, "device");
  options.precision = string_of(given, "precision");
  options.threads = static_cast<int>(number_of(given, "threads"));
  options.tf32 = given.Get("tf32").ToBoolean();
  options.memory_format = string_of(given, "memoryFormat");
  if (options.batch_size < 1 || options.latent_size < 1 || options.channels < 1 ||
      options.discriminator_steps < 1 || options.threads < 0) {
    refuse_option(value.Env(), "Sizes must be at least 1, and threads at least 0.");
  }
  if (options.features < 16 || options.features % 16 != 0 ||
      Recipe(options).image_size() != options.image_size) {
    refuse_option(value.Env(), "There are no networks of this imageSize, or of these features.");
  }
  // Here, because other threads must not read the environment that JavaScript may change.
  if (options.threads == 0) options.threads = default_threads().count;
  return options;
}

std::vector<HostTensor> state_of(const Napi::Value& value) {
  if (!value.IsObject()) refuse_array(value.Env(), "An object of tensors was expected.");
  const auto given = value.As<Napi::Object>();
  const auto names = given.GetPropertyNames();
  std::vector<HostTensor> tensors;
  for (uint32_t i = 0; i < names.Length(); ++i) {
    HostTensor tensor;
    tensor.name = names.Get(i).ToString().Utf8Value();
    const auto entry = given.Get(tensor.name);
    const auto parts = entry.IsObject() ? entry.As<Napi::Object>() : Napi::Object::New(value.Env());
    const auto shape = parts.Get("shape");
    if (!is_float_array(parts.Get("data")) || !shape.IsArray()) {
      refuse_array(value.Env(),
                   "Tensor '" + tensor.name + "' must be { data: Float32Array, shape: number[] }.");
    }
    tensor.data = floats_of(parts.Get("data"));
    const auto sizes = shape.As<Napi::Array>();
    for (uint32_t j = 0; j < sizes.Length(); ++j) {
      tensor.shape.push_back(sizes.Get(j).ToNumber().Int64Value());
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::vector<HostTensor> to_host(const std::vector<NamedTensor>& tensors) {
  std::vector<HostTensor> copies;
  copies.reserve(tensors.size());
  for (const auto& [name, value] : tensors) {
    const auto local = value.cpu().contiguous();
    const auto* data = local.const_data_ptr<float>();
    copies.push_back({name, value.sizes().vec(), {data, data + local.numel()}});
  }
  return copies;
}

void fill_from(const std::vector<HostTensor>& from, const std::vector<NamedTensor>& to) {
  std::vector<const NamedTensor*> targets;
  for (const auto& tensor : from) {
    const auto target = std::find_if(to.begin(), to.end(),
                                     [&](const NamedTensor& named) { return named.name == tensor.name; });
    if (target == to.end())
      throw Error("ERR_SHAPE", "There is no tensor '" + tensor.name + "' in this model.");
    if (target->value.sizes() != at::IntArrayRef(tensor.shape) ||
        static_cast<int64_t>(tensor.data.size()) != target->value.numel()) {
      throw Error("ERR_SHAPE", "Tensor '" + tensor.name + "' has shape " + text_of(tensor.shape) + " with " +
                                   std::to_string(tensor.data.size()) + " numbers; the model's is " +
                                   text_of(target->value.sizes()) + ".");
    }
    targets.push_back(&*target);
  }
  // Nothing was written before everything was found right.
  for (size_t i = 0; i < from.size(); ++i) {
    targets[i]->value.copy_(
        at::from_blob(const_cast<float*>(from[i].data.data()), targets[i]->value.sizes(), at::kFloat));
  }
}

napi_value float_array(napi_env env, const std::vector<float>& data) {
  void* memory = nullptr;
  const auto array = new_array(env, "Float32Array", data.size(), &memory);
  if (array != nullptr && !data.empty()) std::memcpy(memory, data.data(), data.size() * sizeof(float));
  return array;
}

napi_value byte_array(napi_env env, const std::string& bytes) {
  void* memory = nullptr;
  const auto array = new_array(env, "Uint8Array", bytes.size(), &memory);
  if (array != nullptr && !bytes.empty()) std::memcpy(memory, bytes.data(), bytes.size());
  return array;
}

napi_value list(napi_env env, const std::vector<napi_value>& values) {
  napi_value result;
  if (napi_create_array(env, &result) != napi_ok) return nullptr;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] == nullptr || napi_set_element(env, result, static_cast<uint32_t>(i), values[i]) != napi_ok)
      return nullptr;
  }
  return result;
}

napi_value number(napi_env env, double value) {
  napi_value result;
  return napi_create_double(env, value, &result) == napi_ok ? result : nullptr;
}

napi_value truth(napi_env env, bool value) {
  napi_value result;
  return napi_get_boolean(env, value, &result) == napi_ok ? result : nullptr;
}

napi_value text(napi_env env, const std::string& value) {
  napi_value result;
  return napi_create_string_utf8(env, value.c_str(), value.size(), &result) == napi_ok ? result : nullptr;
}

napi_value object(napi_env env, const std::vector<std::pair<const char*, napi_value>>& properties) {
  napi_value result;
  if (napi_create_object(env, &result) != napi_ok) return nullptr;
  for (const auto& [name, value] : properties) {
    if (value == nullptr || napi_set_named_property(env, result, name, value) != napi_ok) return nullptr;
  }
  return result;
}

napi_value state_object(napi_env env, const std::vector<HostTensor>& tensors) {
  napi_value result;
  if (napi_create_object(env, &result) != napi_ok) return nullptr;
  for (const auto& tensor : tensors) {
    std::vector<napi_value> sizes;
    for (const int64_t size : tensor.shape) sizes.push_back(number(env, static_cast<double>(size)));
    const auto entry = object(env, {{"data", float_array(env, tensor.data)}, {"shape", list(env, sizes)}});
    if (entry == nullptr || napi_set_named_property(env, result, tensor.name.c_str(), entry) != napi_ok)
      return nullptr;
  }
  return result;
}

}  // namespace dcgan
