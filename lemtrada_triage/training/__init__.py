"""The room in which the learned reader is raised: labelled messages, training, export, thresholds, figures.

Needs the extra ``[train]`` (torch) for the training itself; nothing outside of this room imports it.
"""
