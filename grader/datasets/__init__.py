"""Images and ground truth: splits on disk, their manifests, the drawn demonstration set."""
