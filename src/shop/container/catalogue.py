"""Wiring of the catalogue room."""

from typing import Final

from dependency_injector import providers

from shop.adapters.csv_files.sorted_rows import CsvFiles
from shop.adapters.media.object_store import folder_media, s3_media
from shop.adapters.media.pillow_renderer import PillowRenderer
from shop.application.catalogue.browsing import (
    BrowseAllProducts,
    BrowseCategories,
    BrowseProducts,
    SearchProducts,
)
from shop.application.catalogue.categories import AdministerCategories
from shop.application.catalogue.category_assignment import CategoryAssignment
from shop.application.catalogue.editing import ProductEditing
from shop.application.catalogue.exchange.applying import ApplyProduct
from shop.application.catalogue.exchange.exporting import ExportProducts
from shop.application.catalogue.exchange.importing import ListImports, ShowImport, StartImport
from shop.application.catalogue.exchange.running import PurgeImports, RunImports
from shop.application.catalogue.feeds import CatalogueLinks, ProductFeed, Sitemap
from shop.application.catalogue.filtering import ShowFilters
from shop.application.catalogue.nearest_spelling import NearestSpelling
from shop.application.catalogue.pages import ShowProductListPage, ShowProductPage
from shop.application.catalogue.pictures import (
    DeletePicture,
    PurgeOrphanedFiles,
    RevisePicture,
    ShowPictureFile,
    UploadPicture,
)
from shop.application.catalogue.products import CreateProduct, DeleteProduct, ReviseProduct
from shop.application.catalogue.reindexing import ReindexCategories
from shop.application.catalogue.samples import RemoveSamples
from shop.application.catalogue.showing import ShowProduct, ShowProductBySlug
from shop.application.catalogue.stock import AdjustStock, PurgeOldSales
from shop.application.catalogue.terms import ProductTerms
from shop.application.catalogue.variant_terms import VariantTerms
from shop.application.catalogue.variants import ReplaceVariants, ReviseVariant, ShowVariant
from shop.application.ports.catalogue import AdminProductQueries, CatalogueQueries
from shop.application.ports.categories import CategoryQueries, CurrentCategories
from shop.application.ports.imports import ImportQueries
from shop.application.ports.media import MediaStore, PictureQueries
from shop.container.room import Dependencies, Room
from shop.settings import Settings
from shop.settings.media_settings import MediaBucket


def _media_store_of(settings: Settings) -> MediaStore | None:
    if isinstance(settings.media, MediaBucket):
        return s3_media(settings.media.bucket, settings.media.prefix)
    return None if settings.media_folder is None else folder_media(settings.media_folder)


def _links_of(settings: Settings) -> CatalogueLinks:
    return CatalogueLinks(
        settings.shop_name or "Shop",
        settings.base_url if settings.has_address else None,
        settings.link_product,
        settings.link_category,
        settings.footer_page_slugs,
    )


class Catalogue(Room):
    """Products, their variants and their stock."""

    catalogue_queries = providers.Dependency(instance_of=CatalogueQueries)
    admin_product_queries = providers.Dependency(instance_of=AdminProductQueries)
    import_queries = providers.Dependency(instance_of=ImportQueries)
    picture_queries = providers.Dependency(instance_of=PictureQueries)
    category_queries = providers.Dependency(instance_of=CategoryQueries)
    current_categories = providers.Dependency(instance_of=CurrentCategories)

    product_feed = providers.Singleton(
        ProductFeed,
        queries=catalogue_queries,
        categories=current_categories,
        current_rules=Room.current_rules,
        currency=Room.settings.provided.currency,
        country=Room.settings.provided.country,
        prices_include_tax=Room.settings.provided.prices_include_tax,
    )
    catalogue_links = providers.Singleton(_links_of, Room.settings)
    sitemap = providers.Singleton(
        Sitemap,
        queries=catalogue_queries,
        categories=category_queries,
        currency=Room.settings.provided.currency,
    )
    media_store = providers.Singleton(_media_store_of, Room.settings)
    picture_renderer = providers.Singleton(PillowRenderer)
    upload_picture = providers.Singleton(
        UploadPicture,
        unit_of_work=Room.unit_of_work,
        queries=picture_queries,
        store=media_store,
        renderer=picture_renderer,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
    )
    revise_picture = providers.Singleton(RevisePicture, unit_of_work=Room.unit_of_work, audit=Room.audit)
    delete_picture = providers.Singleton(
        DeletePicture, unit_of_work=Room.unit_of_work, store=media_store, audit=Room.audit
    )
    show_picture_file = providers.Singleton(ShowPictureFile, store=media_store)
    purge_orphaned_files = providers.Singleton(
        PurgeOrphanedFiles, queries=picture_queries, store=media_store, clock=Room.clock
    )
    _browsing: Final[Dependencies] = {
        "queries": catalogue_queries,
        "categories": current_categories,
        "cache": Room.catalogue_cache,
        "currency": Room.settings.provided.currency,
    }
    browse_products = providers.Singleton(BrowseProducts, **_browsing)
    nearest_spelling = providers.Singleton(
        NearestSpelling, queries=catalogue_queries, currency=Room.settings.provided.currency
    )
    search_products = providers.Singleton(SearchProducts, **_browsing, nearest_spelling=nearest_spelling)
    show_filters = providers.Singleton(ShowFilters, **_browsing, nearest_spelling=nearest_spelling)
    browse_all_products = providers.Singleton(
        BrowseAllProducts, queries=admin_product_queries, currency=Room.settings.provided.currency
    )
    export_products = providers.Singleton(
        ExportProducts,
        queries=admin_product_queries,
        categories=current_categories,
        currency=Room.settings.provided.currency,
    )
    show_product = providers.Singleton(
        ShowProduct,
        queries=catalogue_queries,
        cache=Room.catalogue_cache,
        currency=Room.settings.provided.currency,
    )
    show_product_by_slug = providers.Singleton(
        ShowProductBySlug,
        queries=catalogue_queries,
        show_product=show_product,
        cache=Room.catalogue_cache,
    )
    show_product_page = providers.Singleton(
        ShowProductPage,
        show_product_by_slug=show_product_by_slug,
        categories=current_categories,
        cache=Room.catalogue_cache,
    )
    show_product_list_page = providers.Singleton(
        ShowProductListPage,
        browse_products=browse_products,
        categories=current_categories,
        category_queries=category_queries,
        cache=Room.catalogue_cache,
    )
    variant_terms = providers.Singleton(VariantTerms, currency=Room.settings.provided.currency, ids=Room.ids)
    product_terms = providers.Singleton(
        ProductTerms, currency=Room.settings.provided.currency, variant_terms=variant_terms
    )
    product_editing = providers.Singleton(ProductEditing, ids=Room.ids, zone=Room.settings.provided.time_zone)
    assign_categories = providers.Singleton(CategoryAssignment, ids=Room.ids)
    create_product = providers.Singleton(
        CreateProduct,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        terms=product_terms,
        assign_categories=assign_categories,
        categories=current_categories,
        cache=Room.catalogue_cache,
        audit=Room.audit,
        record=Room.record_events,
    )
    revise_product = providers.Singleton(
        ReviseProduct,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        terms=product_terms,
        editing=product_editing,
        assign_categories=assign_categories,
        categories=current_categories,
        cache=Room.catalogue_cache,
        audit=Room.audit,
        record=Room.record_events,
    )
    show_variant = providers.Singleton(
        ShowVariant, queries=catalogue_queries, currency=Room.settings.provided.currency
    )
    start_import = providers.Singleton(
        StartImport, unit_of_work=Room.unit_of_work, clock=Room.clock, ids=Room.ids, audit=Room.audit
    )
    show_import = providers.Singleton(ShowImport, queries=import_queries)
    list_imports = providers.Singleton(ListImports, queries=import_queries)
    run_imports = providers.Factory(
        RunImports,
        unit_of_work=Room.unit_of_work,
        queries=import_queries,
        files=providers.Singleton(CsvFiles),
        apply=providers.Singleton(
            ApplyProduct,
            clock=Room.clock,
            ids=Room.ids,
            terms=product_terms,
            variant_terms=variant_terms,
            editing=product_editing,
            assign_categories=assign_categories,
            audit=Room.audit,
            record=Room.record_events,
        ),
        clock=Room.clock,
        categories=current_categories,
        cache=Room.catalogue_cache,
    )
    purge_imports = providers.Singleton(PurgeImports, unit_of_work=Room.unit_of_work, clock=Room.clock)
    replace_variants = providers.Singleton(
        ReplaceVariants,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        terms=product_terms,
        variant_terms=variant_terms,
        editing=product_editing,
        cache=Room.catalogue_cache,
        audit=Room.audit,
        record=Room.record_events,
    )
    revise_variant = providers.Singleton(
        ReviseVariant,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        terms=product_terms,
        variant_terms=variant_terms,
        editing=product_editing,
        cache=Room.catalogue_cache,
        audit=Room.audit,
        record=Room.record_events,
    )
    delete_product = providers.Singleton(
        DeleteProduct,
        unit_of_work=Room.unit_of_work,
        terms=product_terms,
        clock=Room.clock,
        cache=Room.catalogue_cache,
        audit=Room.audit,
        record=Room.record_events,
    )
    remove_samples = providers.Singleton(
        RemoveSamples,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        terms=product_terms,
        categories=current_categories,
        cache=Room.catalogue_cache,
        audit=Room.audit,
        record=Room.record_events,
    )
    adjust_stock = providers.Singleton(
        AdjustStock,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        ids=Room.ids,
        terms=product_terms,
        cache=Room.catalogue_cache,
        audit=Room.audit,
        record=Room.record_events,
    )
    browse_categories = providers.Singleton(
        BrowseCategories, queries=category_queries, cache=Room.catalogue_cache
    )
    reindex_categories = providers.Singleton(
        ReindexCategories, unit_of_work=Room.unit_of_work, cache=Room.catalogue_cache
    )
    administer_categories = providers.Singleton(
        AdministerCategories,
        unit_of_work=Room.unit_of_work,
        queries=category_queries,
        current=current_categories,
        reindex=reindex_categories,
        cache=Room.catalogue_cache,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
    )
    purge_old_sales = providers.Singleton(
        PurgeOldSales, unit_of_work=Room.unit_of_work, clock=Room.clock, cache=Room.catalogue_cache
    )
