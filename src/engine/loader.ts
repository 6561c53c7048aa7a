/** The loader that goes with weights: NumPy alone, PyTorch where it is wanted. */
export const PYTHON_LOADER = `"""Reads weights.safetensors: load(path) gives NumPy arrays, load_torch(path) PyTorch tensors, by name."""
import json
import struct
import sys

import numpy as np

def load(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    part = lambda entry: data[slice(*entry["data_offsets"])]
    return {name: np.frombuffer(part(entry), "<f4").reshape(entry["shape"]).copy() for name, entry in header.items()}

def load_torch(path):
    import torch
    return {name: torch.from_numpy(array) for name, array in load(path).items()}

if __name__ == "__main__":
    for name, array in load(sys.argv[1]).items():
        print(name, array.shape, array.dtype)
`;
