"""The parts of the command line: flags made from the configuration, and a training followed in a terminal."""
