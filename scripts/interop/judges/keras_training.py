"""Keras makes and saves both networks, then trains them: `keras_training.py MNIST OUTPUTS`.

Writes generator.h5 and discriminator.h5 as they were made, what each step was given (images, noise) and its losses
(discriminator's, generator's), and after-generator.h5 and after-discriminator.h5. Which Keras: see keras_images.py.
"""

import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

import exchange
from reference import make_discriminator, make_generator

STEPS, BATCH, LATENT = 5, 32, 100

mnist, outputs = sys.argv[1:]
tf.keras.utils.set_random_seed(1)
generator = tf.keras.Sequential(make_generator(layers, LATENT))
# Masks cannot be the same on both sides, so nothing is dropped.
discriminator = tf.keras.Sequential(make_discriminator(layers, 0))
generator.save(f"{outputs}/generator.h5")
discriminator.save(f"{outputs}/discriminator.h5")

pixels = np.fromfile(mnist, np.uint8, offset=16)[: STEPS * BATCH * 784]
images = ((pixels - np.float32(127.5)) / np.float32(127.5)).reshape(STEPS, BATCH, 28, 28, 1)
noise = np.random.default_rng(1).standard_normal((STEPS, BATCH, LATENT)).astype(np.float32)

cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)
generator_optimizer, discriminator_optimizer = (tf.keras.optimizers.Adam(1e-4) for _ in range(2))
losses = []
for step in range(STEPS):
    with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
        on_real = discriminator(images[step], training=True)
        on_fake = discriminator(generator(noise[step], training=True), training=True)
        generator_loss = cross_entropy(tf.ones_like(on_fake), on_fake)
        discriminator_loss = cross_entropy(tf.ones_like(on_real), on_real)
        discriminator_loss += cross_entropy(tf.zeros_like(on_fake), on_fake)
    generator_gradients = generator_tape.gradient(generator_loss, generator.trainable_variables)
    discriminator_gradients = discriminator_tape.gradient(discriminator_loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(generator_gradients, generator.trainable_variables))
    discriminator_optimizer.apply_gradients(zip(discriminator_gradients, discriminator.trainable_variables))
    losses.append((float(discriminator_loss), float(generator_loss)))

generator.save(f"{outputs}/after-generator.h5")
discriminator.save(f"{outputs}/after-discriminator.h5")
exchange.write(outputs, images=images, noise=noise, losses=np.array(losses))
print(f"{exchange.package(tf.keras.Model)} on tensorflow {tf.__version__}")
