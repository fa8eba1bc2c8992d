"""Writes a trained network as ONNX: one byte a weight, and one answer for a text whatever else is in its batch.

A matrix is multiplied in whole numbers. Each token's vector is rounded by a scale of its own and scaled back: three
times as fast as floats, exact, and nothing that another token or text could change (the usual dynamic quantisation has
one scale for the batch, and fails that). Nor is there padding: texts of one length share a run.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from lemtrada_triage.read.learned import ABOUT, MODEL, TOKENIZER
from lemtrada_triage.training.network import Layer, Network, restore
from lemtrada_triage.training.tokens import tokenizer_of

# Weights of whole numbers up to this one, so that no processor's 16-bit sums of two products overflow.
_LARGEST = 64
_ZERO = 128  # the byte that stands for 0 in a rounded vector
_MICROSOFT = "com.microsoft"
Array = np.ndarray[Any, Any]


def export(checkpoint: Path, folder: Path, version: str) -> None:
    """Writes the model, its tokenizer and a description (names, version, hash) into a folder."""
    network, kept = restore(checkpoint)
    network.eval()
    folder.mkdir(parents=True, exist_ok=True)
    data = Graph(network).model().SerializeToString()
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
    """The network as an ONNX graph, put together node by node.

    Vectors of tokens stand in the rows of a matrix, (texts * T, width), so that one scale a row is one along an axis.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.by_text = self._op("Concat", self._op("Shape", "ids"), self._numbers([-1]), axis=0)
        tokens = self._op("Shape", self._op("Reshape", "ids", self._numbers([-1])))
        self.zeros = self._op("Expand", self._constant(np.array([_ZERO], np.uint8)), tokens)

    def model(self) -> onnx.ModelProto:
        """``ids`` (texts, T) of texts of one length in; ``counts``, ``told``, ``manner`` (texts, T, each) out."""
        network = self.network
        x = self._rows(self._op("Add", self._embedded(), self._positions()), network.norm.normalized_shape[0])
        x = self._norm(x, network.norm)
        for layer in network.layers:
            x = self._layer(x, layer)
        counts, told, hidden = self._side_by_side(x, [network.counts, network.told, network.manner1])
        hidden = self._op("Gelu", self._rows(hidden, network.manner1.out_features), domain=_MICROSOFT)
        manner = self._texts(self._linear(hidden, network.manner2))
        outputs = {"counts": counts, "told": told, "manner": manner}
        for name, value in outputs.items():
            self.nodes.append(helper.make_node("Identity", [value], [name]))
        graph = helper.make_graph(
            self.nodes,
            "learned-reader",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"])],
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

    def _numbers(self, values: list[int]) -> str:
        return self._constant(np.array(values, np.int64))

    def _number(self, value: float) -> str:
        return self._constant(np.array(value, np.float32))

    def _rows(self, x: str, width: int) -> str:
        """(texts, T, width) as (texts * T, width)."""
        return self._op("Reshape", x, self._numbers([-1, width]))

    def _texts(self, x: str) -> str:
        """(texts * T, width) as (texts, T, width)."""
        return self._op("Reshape", x, self.by_text)

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

    def _norm(self, x: str, norm: nn.LayerNorm) -> str:
        weight, bias = self._constant(_array(norm.weight)), self._constant(_array(norm.bias))
        return self._op("LayerNormalization", x, weight, bias, epsilon=norm.eps)

    def _after(self, x: str, linear: nn.Linear, inner: str, norm: nn.LayerNorm) -> str:
        """The half of a layer that is added to what came in, normalised (faster than SkipLayerNormalization)."""
        return self._norm(self._op("Add", x, self._linear(inner, linear)), norm)

    def _layer(self, x: str, layer: Layer) -> str:
        width = layer.out.in_features
        parts = self._parts(self._texts(self._linear(x, layer.qkv)), [width] * 3)
        mixed = self._op("MultiHeadAttention", *parts, domain=_MICROSOFT, num_heads=layer.heads)
        x = self._after(x, layer.out, self._rows(mixed, width), layer.norm1)
        up = self._times(x, _array(layer.up.weight))
        inner = self._op("BiasGelu", up, self._constant(_array(layer.up.bias)), domain=_MICROSOFT)
        return self._after(x, layer.down, inner, layer.norm2)

    def _side_by_side(self, x: str, linears: list[nn.Linear]) -> list[str]:
        """Several linear layers over the same vectors as one multiplication, which rounds them once."""
        matrix = np.concatenate([_array(linear.weight) for linear in linears])
        bias = self._constant(np.concatenate([_array(linear.bias) for linear in linears]))
        whole = self._texts(self._op("Add", self._times(x, matrix), bias))
        return self._parts(whole, [linear.out_features for linear in linears])

    def _parts(self, x: str, widths: list[int]) -> list[str]:
        """(texts, T, sum of widths) in as many parts."""
        names = [f"{x}_{number}" for number in range(len(widths))]
        self.nodes.append(helper.make_node("Split", [x, self._numbers(widths)], names, axis=2))
        return names

    def _linear(self, x: str, linear: nn.Linear) -> str:
        return self._op("Add", self._times(x, _array(linear.weight)), self._constant(_array(linear.bias)))

    def _times(self, x: str, weight: Array) -> str:
        """x times a matrix (out, in) in whole numbers: a scale for each row and one for each column."""
        packed, columns = packed_rows(weight, _LARGEST)
        largest = self._op("ReduceMax", self._op("Abs", x), axes=[1], keepdims=1)
        scales = self._op("Mul", self._op("Max", largest, self._number(1e-8)), self._number(1 / 127))
        whole = self._op("QuantizeLinear", x, self._op("Reshape", scales, self._numbers([-1])), self.zeros, axis=0)
        product = self._op(
            "MatMulIntegerToFloat", whole, self._constant(np.ascontiguousarray(packed.T)), self._number(1),
            self._constant(columns[:, 0]), self._constant(np.array(_ZERO, np.uint8)), domain=_MICROSOFT,
        )  # fmt: skip
        return self._op("Mul", product, scales)


def packed_rows(matrix: Array, largest: int = 127) -> tuple[Array, Array]:
    """A matrix in bytes, and for each row the scale (rows, 1) that gives it back."""
    scales = np.maximum(np.abs(matrix).max(axis=1, keepdims=True), 1e-8).astype(np.float32) / np.float32(largest)
    return np.rint(matrix / scales).astype(np.int8), scales


def _array(tensor: Tensor) -> Array:
    return tensor.detach().float().numpy()
