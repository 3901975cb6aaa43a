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
    taken = {each.name: exchange.read(inputs, each.name, -1, *each.shape[1:]) for each in session.get_inputs()}
    assert name in taken
    (result,) = session.run(None, taken)
    return result


exchange.write(outputs, images=run("generator", "z"), logits=run("discriminator", "images"))
print(f"{exchange.package(onnxruntime.InferenceSession)}, checked by onnx {onnx.__version__}")
