"""Splits PneumoniaMNIST's training images for RESULTS.md: 100 normal and 100 pneumonia images drawn at random (NumPy, seed 0) are the test set,
the other normal ones the reference; the other pneumonia images are not used. The file names no patients: some may be on both sides.

python3 pneumoniaSplit.py ../shared/data/chest-xray/pneumoniamnist28_train.npz OUT    writes OUT/reference.npz and OUT/test.npz"""
import sys
import numpy as np

source, out = sys.argv[1:]
data = np.load(source)
images, labels = data["images"], data["labels"].ravel()
rng = np.random.default_rng(0)
test = np.concatenate([np.sort(rng.choice(np.flatnonzero(labels == k), 100, replace=False)) for k in (0, 1)])
rest = np.setdiff1d(np.flatnonzero(labels == 0), test)
np.savez(f"{out}/reference.npz", images=images[rest], labels=labels[rest])
np.savez(f"{out}/test.npz", images=images[test], labels=labels[test])
