"""Writes a trained network as ONNX: one byte a weight, and one answer for a text whatever else is in its batch.

``matmul`` says how a matrix is multiplied. ``rows`` rounds each token's vector to whole numbers by a scale of its own,
multiplies whole numbers, and scales back: three times as fast as floats, exact, and nothing that another token or text
could change (the usual dynamic quantisation has one scale for the batch, and fails that). ``float`` unpacks the bytes
once when the file is loaded.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from lemtrada_triage.read.learned import ABOUT, MODEL, TOKENIZER
from lemtrada_triage.training.network import Layer, Network, restore
from lemtrada_triage.training.tokens import tokenizer_of

MatMul = Literal["rows", "float"]
# Weights of whole numbers up to this one, so that no processor's 16-bit sums of two products overflow.
_LARGEST = 64
_MICROSOFT = "com.microsoft"
Array = np.ndarray[Any, Any]


def export(checkpoint: Path, folder: Path, version: str, matmul: MatMul = "rows") -> None:
    """Writes the model, its tokenizer and a description (names, version, hash) into a folder."""
    network, kept = restore(checkpoint)
    network.eval()
    folder.mkdir(parents=True, exist_ok=True)
    data = Graph(network, matmul).model().SerializeToString()
    (folder / MODEL).write_bytes(data)
    tokens = list(kept["tokens"])
    tokenizer_of({token: number for number, token in enumerate(tokens)}).save(str(folder / TOKENIZER), pretty=False)
    digest = hashlib.sha256(data + (folder / TOKENIZER).read_bytes()).hexdigest()
    about = {
        "version": version, "hash": digest[:12], "layers": len(network.layers), "seed": kept["seed"],
        "passes": kept["passes"], "names": list(kept["name_list"]),
    }  # fmt: skip
    (folder / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


class Graph:
    """The network as an ONNX graph, put together node by node."""

    def __init__(self, network: Network, matmul: MatMul) -> None:
        self.network, self.matmul = network, matmul
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def model(self) -> onnx.ModelProto:
        """``ids`` (texts, T) and ``lengths`` (texts) in; ``counts``, ``told``, ``manner`` (texts, T, each) out."""
        network = self.network
        x = self._norm(self._op("Add", self._embedded(), self._positions()), network.norm)
        for layer in network.layers:
            x = self._layer(x, layer)
        counts, told, hidden = self._side_by_side(x, [network.counts, network.told, network.manner1])
        hidden = self._op("Gelu", hidden, domain=_MICROSOFT)
        outputs = {"counts": counts, "told": told, "manner": self._linear(hidden, network.manner2)}
        for name, value in outputs.items():
            self.nodes.append(helper.make_node("Identity", [value], [name]))
        graph = helper.make_graph(
            self.nodes,
            "learned-reader",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["texts"]),
            ],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["texts", "tokens", f"{name}s"])
                for name in outputs
            ],
            self.constants,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="lemtrada-triage")

    def _op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def _constant(self, value: Array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _embedded(self) -> str:
        """The rows of the embedding, unpacked after they were looked up: the table itself stays in bytes."""
        packed, scales = packed_rows(_array(self.network.embedding.weight))
        rows = self._op("Cast", self._op("Gather", self._constant(packed), "ids"), to=TensorProto.FLOAT)
        return self._op("Mul", rows, self._op("Gather", self._constant(scales), "ids"))

    def _positions(self) -> str:
        length = self._op("Slice", self._op("Shape", "ids"), *map(self._numbers, ([1], [2])))
        table = self._constant(_array(self.network.position.weight).astype(np.float16))
        rows = self._op("Slice", table, self._numbers([0]), length, self._numbers([0]))
        return self._op("Cast", rows, to=TensorProto.FLOAT)

    def _numbers(self, values: list[int]) -> str:
        return self._constant(np.array(values, np.int64))

    def _norm(self, x: str, norm: nn.LayerNorm) -> str:
        weight, bias = self._constant(_array(norm.weight)), self._constant(_array(norm.bias))
        return self._op("LayerNormalization", x, weight, bias, epsilon=norm.eps)

    def _after(self, x: str, linear: nn.Linear, inner: str, norm: nn.LayerNorm) -> str:
        """The half of a layer that is added to what came in, normalised (faster than SkipLayerNormalization)."""
        return self._norm(self._op("Add", x, self._linear(inner, linear)), norm)

    def _layer(self, x: str, layer: Layer) -> str:
        together = self._times(x, layer.qkv)
        parts = [self._slice(together, number) for number in range(3)]
        mixed = self._op(
            "MultiHeadAttention", *parts, self._bias(layer.qkv), "lengths", domain=_MICROSOFT, num_heads=layer.heads
        )
        x = self._after(x, layer.out, mixed, layer.norm1)
        inner = self._op("BiasGelu", self._times(x, layer.up), self._bias(layer.up), domain=_MICROSOFT)
        return self._after(x, layer.down, inner, layer.norm2)

    def _slice(self, x: str, number: int) -> str:
        width = self.network.norm.normalized_shape[0]
        bounds = ([number * width], [(number + 1) * width], [2])
        return self._op("Slice", x, *map(self._numbers, bounds))

    def _linear(self, x: str, linear: nn.Linear) -> str:
        return self._op("Add", self._times(x, linear), self._bias(linear))

    def _side_by_side(self, x: str, linears: list[nn.Linear]) -> list[str]:
        """Several linear layers over the same vectors as one multiplication, which rounds them once."""
        matrix = np.concatenate([_array(linear.weight) for linear in linears])
        bias = np.concatenate([_array(linear.bias) for linear in linears])
        multiply = self._rounded if self.matmul == "rows" else self._unpacked
        whole = self._op("Add", multiply(x, matrix), self._constant(bias))
        names = [f"{whole}_{number}" for number in range(len(linears))]
        sizes = self._numbers([linear.out_features for linear in linears])
        self.nodes.append(helper.make_node("Split", [whole, sizes], names, axis=2))
        return names

    def _bias(self, linear: nn.Linear) -> str:
        return self._constant(_array(linear.bias))

    def _times(self, x: str, linear: nn.Linear) -> str:
        multiply = self._rounded if self.matmul == "rows" else self._unpacked
        return multiply(x, _array(linear.weight))

    def _rounded(self, x: str, weight: Array) -> str:
        """x times a matrix (out, in) in whole numbers: a scale for each token and one for each column."""
        packed, scales = packed_rows(weight, _LARGEST)
        largest = self._op("ReduceMax", self._op("Abs", x), axes=[-1], keepdims=1)
        largest = self._op("Add", largest, self._number(1e-8))
        whole = self._op("Mul", x, self._op("Div", self._number(127), largest))
        whole = self._op("Cast", self._op("Add", whole, self._number(128.5)), to=TensorProto.UINT8)
        product = self._op(
            "MatMulIntegerToFloat", whole, self._constant(np.ascontiguousarray(packed.T)), self._number(1),
            self._constant(scales[:, 0] / np.float32(127)), self._constant(np.array(128, np.uint8)),
            domain=_MICROSOFT,
        )  # fmt: skip
        return self._op("Mul", product, largest)

    def _number(self, value: float) -> str:
        return self._constant(np.array(value, np.float32))

    def _unpacked(self, x: str, weight: Array) -> str:
        """x times a matrix (out, in) in floats; plain nodes, so that it is unpacked once, at loading."""
        packed, scales = packed_rows(weight)
        whole = self._op("Cast", self._constant(np.ascontiguousarray(packed.T)), to=TensorProto.FLOAT)
        return self._op("MatMul", x, self._op("Mul", whole, self._constant(scales[:, 0])))


def packed_rows(matrix: Array, largest: int = 127) -> tuple[Array, Array]:
    """A matrix in bytes, and for each row the scale (rows, 1) that gives it back."""
    scales = np.maximum(np.abs(matrix).max(axis=1, keepdims=True), 1e-8).astype(np.float32) / np.float32(largest)
    return np.rint(matrix / scales).astype(np.int8), scales


def _array(tensor: Tensor) -> Array:
    return tensor.detach().float().numpy()
