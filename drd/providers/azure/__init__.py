"""Everything that talks to Azure Resource Manager: credentials, one transport, one file a capability. No decisions.

May import: `drd.domain`, `drd.ports`, the Azure SDK, aiohttp and tenacity. The only place that knows the Azure SDK.
"""
