"""What charts of a picture's network say."""


def shape_of_graph(boxes: int, connections: int, skips: int) -> str:
    """A sentence on whether a graph is a chain or has connections that skip boxes, from their numbers."""
    if skips:
        return f"{skips} of the {connections} connections {'skips' if skips == 1 else 'skip'} boxes."
    if connections < boxes:
        return f"The {boxes} boxes are a chain: each reads only the one before."
    return f"{connections} connections join the {boxes} boxes, and none skips any."
