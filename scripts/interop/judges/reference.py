"""The layers of both networks as the reference program writes them, named by Keras itself; `layers` is either Keras's."""


def make_generator(layers, latent_size: int) -> list:
    return [
        layers.Dense(7 * 7 * 256, use_bias=False, input_shape=(latent_size,)),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Reshape((7, 7, 256)),
        layers.Conv2DTranspose(128, (5, 5), strides=(1, 1), padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Conv2DTranspose(64, (5, 5), strides=(2, 2), padding="same", use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(),
        layers.Conv2DTranspose(
            1, (5, 5), strides=(2, 2), padding="same", use_bias=False, activation="tanh"
        ),
    ]


def make_discriminator(layers, dropout: float) -> list:
    return [
        layers.Conv2D(64, (5, 5), strides=(2, 2), padding="same", input_shape=[28, 28, 1]),
        layers.LeakyReLU(),
        layers.Dropout(dropout),
        layers.Conv2D(128, (5, 5), strides=(2, 2), padding="same"),
        layers.LeakyReLU(),
        layers.Dropout(dropout),
        layers.Flatten(),
        layers.Dense(1),
    ]
