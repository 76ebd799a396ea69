"""Problems with known answers: one artefact that is test, page and documentation (``fem-lumbar validate``).

Each topic is one function that solves its problems and returns an :class:`~fem_lumbar.verification.record.Outcome`.
"""
