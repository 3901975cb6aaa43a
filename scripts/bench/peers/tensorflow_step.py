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

LATENT, DROPOUT = 100, 0.3


def make_generator(recipe: protocol.Recipe) -> keras.Model:
    def transposed(channels, strides):
        return layers.Conv2DTranspose(channels, 5, strides=strides, padding="same", use_bias=False)

    def norm():
        return [layers.BatchNormalization(), layers.LeakyReLU(negative_slope=0.3)]

    size, channels = recipe.base, recipe.base_channels
    stack = [layers.Input((LATENT + recipe.classes,)), layers.Dense(size * size * channels, use_bias=False), *norm()]
    stack += [layers.Reshape((size, size, channels)), transposed(channels // 2, 1)]
    for level in range(recipe.levels):
        channels //= 2
        last = level == recipe.levels - 1
        stack += [*norm(), transposed(recipe.channels if last else channels // 2, 2)]
    return keras.Sequential([*stack, layers.Activation("tanh", dtype="float32")])


def make_discriminator(recipe: protocol.Recipe) -> keras.Model:
    """With classes: a projection, which adds the inner product of the features with a row of the class."""
    image = x = layers.Input((recipe.size, recipe.size, recipe.channels))
    for level in range(recipe.levels):
        x = layers.Conv2D(protocol.FEATURES << level, 5, strides=2, padding="same")(x)
        x = layers.Dropout(DROPOUT)(layers.LeakyReLU(negative_slope=0.3)(x))
    x = layers.Flatten()(x)
    logit = layers.Dense(1)(x)
    if recipe.classes == 0:
        return keras.Model(image, layers.Activation("linear", dtype="float32")(logit))
    hot = layers.Input((recipe.classes,))
    row = layers.Dense(x.shape[1], use_bias=False)(hot)
    logit = layers.Add()([logit, layers.Dot(1)([x, row])])
    return keras.Model([image, hot], layers.Activation("linear", dtype="float32")(logit))


def make_step(data: protocol.Data, recipe: protocol.Recipe, options):
    batch = options.batch
    generator, discriminator = make_generator(recipe), make_discriminator(recipe)
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = [keras.optimizers.Adam(1e-4, epsilon=1e-7) for _ in range(2)]
    optimizers[0].build(generator.trainable_variables)
    optimizers[1].build(discriminator.trainable_variables)
    images, labels = tf.constant(data.images), tf.constant(data.labels)
    count = len(data.images)

    @tf.function
    def step():
        indices = tf.random.uniform([batch], 0, count, tf.int32)
        real = (tf.cast(tf.gather(images, indices), tf.float32) - 127.5) / 127.5
        noise, of_class = tf.random.normal([batch, LATENT]), []
        if recipe.classes:
            of_class = [tf.one_hot(tf.gather(labels, indices), recipe.classes)]
            noise = tf.concat([noise, *of_class], 1)

        def judge(shown):
            return discriminator([shown, *of_class] if of_class else shown, training=True)

        with tf.GradientTape() as generator_tape:
            fake = generator(noise, training=True)
        with tf.GradientTape() as discriminator_tape:
            discriminator_tape.watch(fake)
            on_real, on_fake = judge(real), judge(fake)
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
    data = protocol.read(options)
    step = make_step(data, protocol.Recipe(data), options)

    def run(steps: int):
        losses = (0.0, 0.0)
        for _ in range(steps):
            losses = step()
        return [loss.numpy() for loss in losses]

    protocol.serve("TensorFlow", {"tensorflow": tf.__version__, "keras": keras.__version__}, run)


if __name__ == "__main__":
    main()
