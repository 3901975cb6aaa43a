"""Keras draws into a folder of PNGs: `keras_pictures.py EXPORTED INPUTS FOLDER`."""

import sys

import tensorflow as tf

import exchange

exported, inputs, folder = sys.argv[1:]
generator = tf.keras.models.load_model(f"{exported}/generator_model.h5")
z = exchange.read(inputs, "z", -1, *generator.inputs[0].shape[1:])
images = generator.predict(z, batch_size=256, verbose=0)
pixels = tf.cast(tf.clip_by_value(tf.round(images * 127.5 + 127.5), 0, 255), tf.uint8)
for i, image in enumerate(pixels):
    tf.io.write_file(f"{folder}/{i:05d}.png", tf.io.encode_png(image))
print(f"{exchange.package(tf.keras.Model)} on tensorflow {tf.__version__}")
