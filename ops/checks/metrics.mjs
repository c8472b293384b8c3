// Every metric that rules, dashboards and autoscalers may name, because the services or RabbitMQ expose it.
// metrics-scraped.mjs verifies the list.
const histogram = (name) => [`${name}_bucket`, `${name}_sum`, `${name}_count`];

export const callbusMetrics = [
  'callbus_events_accepted_total',
  'callbus_events_refused_total',
  ...histogram('callbus_publish_confirm_seconds'),
  'callbus_dispatch_matches_total',
  'callbus_dispatch_unmatched_events_total',
  'callbus_queue_messages_ready',
  'callbus_queue_consumers',
  'callbus_queue_oldest_message_age_seconds',
  'callbus_deliveries_total',
  ...histogram('callbus_callback_duration_seconds'),
  ...histogram('callbus_acceptance_to_first_attempt_seconds'),
  'callbus_retries_total',
  'callbus_parked_total',
  'callbus_lanes',
  'callbus_sealed_tasks_total',
  'callbus_undelivered_total',
  'callbus_full_accounts',
  'callbus_redeliveries_total',
  'callbus_publisher_blocked',
  'callbus_publishing',
  'callbus_dependency_up',
  'callbus_redis_memory_used_bytes',
  'callbus_redis_memory_max_bytes',
  ...histogram('callbus_http_request_duration_seconds'),
  'callbus_directory_subscriptions',
  'callbus_clock_skew_seconds',
  'callbus_clock_trusted',
  // From prom-client itself.
  'callbus_process_resident_memory_bytes',
  'callbus_process_cpu_seconds_total',
  'callbus_nodejs_eventloop_lag_p99_seconds',
];

/** From the broker's plug-in rabbitmq_prometheus. */
export const rabbitmqMetrics = [
  'rabbitmq_process_resident_memory_bytes',
  'rabbitmq_resident_memory_limit_bytes',
  'rabbitmq_disk_space_available_bytes',
  'rabbitmq_disk_space_available_limit_bytes',
  'rabbitmq_global_messages_dead_lettered_maxlen_total',
  'rabbitmq_global_messages_dead_lettered_expired_total',
  'rabbitmq_process_open_fds',
  'rabbitmq_process_max_fds',
];
