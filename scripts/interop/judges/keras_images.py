"""Keras opens our files, draws, and saves them anew: `keras_images.py EXPORTED INPUTS OUTPUTS`.

Keras is TensorFlow's own choice: Keras 3, or with TF_USE_LEGACY_KERAS=1 in the environment Keras 2 (tf-keras).
"""

import sys

import tensorflow as tf

import exchange

exported, inputs, outputs = sys.argv[1:]


def run(model: tf.keras.Model, name: str):
    """A network with classes takes the labels as well."""
    names = [name, "labels"][: len(model.inputs)]
    given = [exchange.read(inputs, each, -1, *of.shape[1:]) for each, of in zip(names, model.inputs)]
    return model(given if len(given) > 1 else given[0], training=False)


generator = tf.keras.models.load_model(f"{exported}/generator_model.h5")
discriminator = tf.keras.models.load_model(f"{exported}/discriminator_model.h5")
exchange.write(outputs, images=run(generator, "z"), logits=run(discriminator, "images"))
generator.save(f"{outputs}/generator_model.h5")
discriminator.save(f"{outputs}/discriminator_model.h5")
print(f"{exchange.package(tf.keras.Model)} on tensorflow {tf.__version__}")
