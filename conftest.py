"""For the tests in tests/, and for the contract suites in src/shop/contract."""

pytest_plugins = ["shop.contract.plugin", "tests.payment_accounts", "tests.storages"]
