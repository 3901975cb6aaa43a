"""The recipe's training step in Keras and TensorFlow, as fast as we could make it on a CPU.

bfloat16 is Keras's `mixed_bfloat16` policy. As in our own step, one backward pass through the discriminator serves both
losses: an image's gradient of the generator's loss is that of the discriminator's times -exp(-logit). Two tapes, as the
usual program has them, took some 5 % more processor time in float32, and about as much in bfloat16. Real and fake images
as one batch were no faster.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from keras import layers

import protocol

LATENT = 100


def make_generator() -> keras.Model:
    def transposed(channels, strides):
        return layers.Conv2DTranspose(channels, 5, strides=strides, padding="same", use_bias=False)

    return keras.Sequential(
        [
            layers.Input((LATENT,)),
            layers.Dense(7 * 7 * 256, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.3),
            layers.Reshape((7, 7, 256)),
            transposed(128, 1),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.3),
            transposed(64, 2),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.3),
            transposed(1, 2),
            layers.Activation("tanh", dtype="float32"),
        ]
    )


def make_discriminator() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(64, 5, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.3),
            layers.Dropout(0.3),
            layers.Conv2D(128, 5, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.3),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
            layers.Activation("linear", dtype="float32"),
        ]
    )


def make_step(images: tf.Tensor, batch: int):
    generator, discriminator = make_generator(), make_discriminator()
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = [keras.optimizers.Adam(1e-4, epsilon=1e-7) for _ in range(2)]
    optimizers[0].build(generator.trainable_variables)
    optimizers[1].build(discriminator.trainable_variables)
    count = int(images.shape[0])

    @tf.function
    def step():
        chosen = tf.gather(images, tf.random.uniform([batch], 0, count, tf.int32))
        real = (tf.cast(chosen, tf.float32) - 127.5) / 127.5
        with tf.GradientTape() as generator_tape:
            fake = generator(tf.random.normal([batch, LATENT]), training=True)
        with tf.GradientTape() as discriminator_tape:
            discriminator_tape.watch(fake)
            on_real = discriminator(real, training=True)
            on_fake = discriminator(fake, training=True)
            discriminator_loss = cross_entropy(tf.ones_like(on_real), on_real)
            discriminator_loss += cross_entropy(tf.zeros_like(on_fake), on_fake)
        watched = [*discriminator.trainable_variables, fake]
        *of_discriminator, of_fake = discriminator_tape.gradient(discriminator_loss, watched)
        of_fake *= tf.reshape(-tf.exp(-on_fake), [batch, 1, 1, 1])
        of_generator = generator_tape.gradient(fake, generator.trainable_variables, of_fake)
        optimizers[0].apply_gradients(zip(of_generator, generator.trainable_variables))
        optimizers[1].apply_gradients(zip(of_discriminator, discriminator.trainable_variables))
        return discriminator_loss, cross_entropy(tf.ones_like(on_fake), on_fake)

    return step


def main() -> None:
    options = protocol.arguments()
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(options.threads)
    if options.precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    step = make_step(tf.constant(protocol.read_images(options.data)), options.batch)

    def run(steps: int):
        losses = (0.0, 0.0)
        for _ in range(steps):
            losses = step()
        return [loss.numpy() for loss in losses]

    protocol.serve("TensorFlow", {"tensorflow": tf.__version__, "keras": keras.__version__}, run)


if __name__ == "__main__":
    main()
