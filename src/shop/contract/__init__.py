"""Contract tests for adapters, which you can run against your own adapter.

`shop.contract.storage` tests a storage, `shop.contract.payment_provider` a payment provider. Each takes the adapter
under test from a fixture: `storage` or `payment_account`. For example:

    # conftest.py at the top of your project
    @pytest.fixture
    async def storage():
        storage = MyStorage(…)  # empty
        yield storage
        await storage.close()

    $ pytest --pyargs shop.contract.storage

The suites need `pip install shop[contract]`. The shop's own adapters pass the same tests.
"""
