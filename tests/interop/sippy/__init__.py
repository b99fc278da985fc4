"""sippy's b2bua_simple between the exchange and a phone: an independent back-to-back user agent."""
