"""The bar that stays on the screen: the Training step and its playback, the probe, and the network's answer."""
