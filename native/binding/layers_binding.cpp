#include "layers_binding.h"

#include "../core/network/recipe.h"
#include "arguments.h"
#include "failure.h"

namespace dcgan {
namespace {

Napi::Array array_of(Napi::Env env, const Shape& shape) {
  const auto sizes = Napi::Array::New(env, shape.size());
  for (uint32_t i = 0; i < shape.size(); ++i) sizes.Set(i, static_cast<double>(shape[i]));
  return sizes;
}

/** { name: shape } */
Napi::Object shapes_of(Napi::Env env, const std::vector<LayerTensor*>& tensors) {
  auto shapes = Napi::Object::New(env);
  for (const auto* tensor : tensors) shapes.Set(tensor->name, array_of(env, tensor->shape));
  return shapes;
}

Napi::Array described(Napi::Env env, const Layers& layers) {
  const auto list = Napi::Array::New(env, layers.size());
  for (uint32_t i = 0; i < layers.size(); ++i) {
    auto& layer = *layers[i];
    auto object = Napi::Object::New(env);
    object.Set("name", layer.name);
    object.Set("input", array_of(env, layer.input));
    object.Set("output", array_of(env, layer.output));
    object.Set("trained", shapes_of(env, layer.parameters()));
    object.Set("statistics", shapes_of(env, layer.statistics()));
    list.Set(i, object);
  }
  return list;
}

Napi::Value layers_of(const Napi::CallbackInfo& info) {
  const Recipe recipe(coded(info.Env(), [&] { return options_argument(info, 0); }));
  auto networks = Napi::Object::New(info.Env());
  networks.Set("generator", described(info.Env(), generator_layers(recipe)));
  networks.Set("discriminator", described(info.Env(), discriminator_layers(recipe)));
  networks.Set("encoder", described(info.Env(), encoder_layers(recipe)));
  // Of how many classes is for the caller to say; a model may know none.
  if (recipe.classes > 0) networks.Set("classifier", described(info.Env(), classifier_layers(recipe)));
  return networks;
}

}  // namespace

void register_layers(Napi::Env env, Napi::Object exports) {
  exports.Set("layers", Napi::Function::New(env, layers_of));
}

}  // namespace dcgan
