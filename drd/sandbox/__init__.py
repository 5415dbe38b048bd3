"""An Azure Resource Manager of its own, on loopback or in process, for rehearsal and tests.

It stands alone: of drd it may import `drd.document` only, and drd cannot tell it from Azure. It may use the web stack
to listen and a certificate library for its guests. World time comes from a clock that is handed in.
"""
