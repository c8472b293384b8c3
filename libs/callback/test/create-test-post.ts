import { createAddressPolicy, parseCidrs } from '@callbus/callback/network/address-policy';
import { createPost, type Post, type PostOptions } from '@callbus/callback/post';

/** A `post` that may call the receivers of this machine. */
export function createTestPost(options: Partial<PostOptions> = {}): Post {
  const addressPolicy = createAddressPolicy({ allowCidrs: parseCidrs('127.0.0.0/8') });
  return createPost({ userAgent: 'callbus/test', addressPolicy, ...options });
}
