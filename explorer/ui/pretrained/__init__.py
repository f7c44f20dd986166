"""The Pretrained CNN page: networks as they were published, and what becomes of them on other pictures."""
