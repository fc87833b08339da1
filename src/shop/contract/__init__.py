"""What adapters promise, as tests that anybody's adapter can be put to.

`shop.contract.storage` is the suite of whatever keeps the shop's data, `shop.contract.payment_provider` that of
whatever collects its money. Both take what they examine from a fixture of that name:

    # conftest.py at the top of your project
    @pytest.fixture
    async def storage():
        storage = MyStorage(…)  # empty
        yield storage
        await storage.close()

    $ pytest --pyargs shop.contract.storage

It needs `pip install shop[contract]`. The shop's own adapters pass it in the same way.
"""
