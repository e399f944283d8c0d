"""The REST API: routes over the verbs, keys, limits, metrics. Mounted by :func:`citra.api.routes.mount`."""
