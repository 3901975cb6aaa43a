"""The ONNX checker takes our files and ONNX Runtime runs them: `onnx_images.py EXPORTED INPUTS OUTPUTS`."""

import sys

import onnx
import onnxruntime

import exchange

exported, inputs, outputs = sys.argv[1:]


def run(network: str, name: str):
    path = f"{exported}/{network}.onnx"
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    (result,) = session.run(None, {taken.name: exchange.read(inputs, name, -1, *taken.shape[1:])})
    return result


exchange.write(outputs, images=run("generator", "z"), logits=run("discriminator", "images"))
print(f"{exchange.package(onnxruntime.InferenceSession)}, checked by onnx {onnx.__version__}")
