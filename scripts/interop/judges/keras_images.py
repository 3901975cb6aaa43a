"""Keras opens our files, draws, and saves them anew: `keras_images.py EXPORTED INPUTS OUTPUTS`.

Keras is TensorFlow's own choice: Keras 3, or with TF_USE_LEGACY_KERAS=1 in the environment Keras 2 (tf-keras).
"""

import sys

import tensorflow as tf

import exchange

exported, inputs, outputs = sys.argv[1:]
generator = tf.keras.models.load_model(f"{exported}/generator_model.h5")
discriminator = tf.keras.models.load_model(f"{exported}/discriminator_model.h5")
exchange.write(
    outputs,
    images=generator(exchange.read(inputs, "z", -1, generator.input_shape[1]), training=False),
    logits=discriminator(exchange.read(inputs, "images", -1, 28, 28, 1), training=False),
)
generator.save(f"{outputs}/generator_model.h5")
discriminator.save(f"{outputs}/discriminator_model.h5")
print(f"{exchange.package(tf.keras.Model)} on tensorflow {tf.__version__}")
