-- What the shop's own user may do in production: everything that the shop does, and no more.
--
-- It may not change or delete what was agreed (orders, order_lines), an order's history (order_history), the keys by
-- which it is found (order_search_keys), what prices were (price_changes) or what administrators did (audit_entries):
-- not by mistake, and not by somebody who got hold of the shop's password. It may not change the schema either.
--
-- Run it once as an administrator, after `shop migrate` as a user who may change the schema, and again after a
-- migration that adds a table. The schema is `shop` here and the user is 'shop'@'%', made beforehand:
--   CREATE USER 'shop'@'%' IDENTIFIED BY '…';
--
-- Made by tools.mysql_grants from the tables in src/shop/adapters/sql.

GRANT SELECT, INSERT ON `shop`.* TO 'shop'@'%';

GRANT UPDATE, DELETE ON `shop`.`api_keys` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`cart_lines` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`carts` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`catalogue_revision` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`categories` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`category_listings` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`category_reindexing` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`category_tree` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`daily_figures` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`event_positions` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`events` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`figures_state` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`former_slugs` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`idempotency_keys` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`import_changes` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`import_chunks` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`import_errors` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`import_warnings` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`imports` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`item_days` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`item_periods` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`listing_counts` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`listings` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`login_addresses` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`login_attempts` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`login_counters` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`messages` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`order_days` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`order_states` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`order_tokens` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`payments` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`picture_uses` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`pictures` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`postponed_work` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`product_categories` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`product_changes` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`product_sales` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`product_words` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`products` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`promo_code_days` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`promo_codes` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`promo_uses` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`provider_events` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`rate_limits` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`recovery_codes` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`refunds` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`reset_requests` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`roles` TO 'shop'@'%';
GRANT UPDATE (`folded`, `user_id`) ON `shop`.`sales_entries` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`sandbox_intents` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`sandbox_refunds` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`second_factors` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`selling_rules` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`sessions` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`spent_refresh_tokens` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`stock` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`stock_adjustments` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`stored_settings` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`unpaid_guest_orders` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`user_addresses` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`users` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`variants` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`webhook_deliveries` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`webhooks` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`word_counts` TO 'shop'@'%';
GRANT UPDATE, DELETE ON `shop`.`worker_tasks` TO 'shop'@'%';
