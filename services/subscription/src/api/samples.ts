/** A subscription as the examples show it. */
export const sampleDefinition = {
  subscription_name: 'thumbnails',
  system_name: 'media',
  callback_url: 'https://thumbs.example.com/events',
  confirm_mode: 'httpstatus',
  confirm_pattern: '2xx',
  subscription_form: 'acs.oss.oss.ObjectCreated.*',
  timeout: 10,
};

export const sampleSubscription = {
  subscription_id: 1,
  ...sampleDefinition,
  time_out: 10,
  operator: 'admin',
  bk_supplier_account: '0',
  bk_biz_id: 2,
  last_time: '2026-11-26 18:20:00',
  description: '',
  enabled: true,
  disabled_reason: null,
  payload_format: 'source',
  event_bus_id: null,
  headers: {},
  max_attempts: 10,
  max_in_flight: 64,
  verification: 'none',
  verified: null,
  verification_failure: null,
  statistics: { total: 30, failure: 2 },
};

export const sampleEventId = 'c0b1a4d5-6f0e-4c0f-9d5c-0c6f7f3d2b11';
export const sampleSecret = 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0';
