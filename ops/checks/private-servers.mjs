// A private RabbitMQ, Postgres and Redis, which a check may stop.
import { spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { startPrivateServers as startServers } from '../../libs/testing/dist/servers/private-servers.js';
import { freePort } from './nginx-gateway.mjs';

export async function startPrivateServers() {
  const servers = await startServers();
  const { rabbitmq, postgres, redis } = servers;
  return {
    ...servers,
    /** Settings of the services. */
    urls: { AMQP_URL: rabbitmq.url, DATABASE_URL: postgres.url, REDIS_URL: redis.url },
    /** @returns the output of `rabbitmq-diagnostics` */
    diagnose(...args) {
      const env = environmentOfNode(new URL(rabbitmq.url).port);
      const { stdout, stderr } = spawnSync('/usr/lib/rabbitmq/bin/rabbitmq-diagnostics', ['-q', ...args], {
        env,
        encoding: 'utf8',
      });
      return stdout + stderr;
    },
    /** Enables the plug-in rabbitmq_prometheus, which a private RabbitMQ starts without. @returns the port of the plug-in */
    async exposeRabbitmq() {
      const port = await freePort();
      const { RABBITMQ_CONFIG_FILE: file } = environmentOfNode(new URL(rabbitmq.url).port);
      // Keeps the port after a restart.
      appendFileSync(file, `prometheus.tcp.port = ${port}\nprometheus.tcp.ip = 127.0.0.1\n`);
      await rabbitmq.ctl(
        'eval',
        `application:load(rabbitmq_prometheus),
         application:set_env(rabbitmq_prometheus, tcp_config, [{port, ${port}}, {ip, "127.0.0.1"}]),
         {ok, File} = application:get_env(rabbit, enabled_plugins_file),
         ok = file:write_file(File, "[rabbitmq_prometheus].\\n"),
         rabbit_plugins:ensure(File).`,
      );
      return port;
    },
  };
}

/** @returns the environment of the node on a port, by which the command-line tools find the node */
function environmentOfNode(port) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
      const env = Object.fromEntries(pairs.map((pair) => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]));
      if (env.RABBITMQ_NODE_PORT === port) return env;
    } catch {
      // The process has ended in the meantime.
    }
  }
  throw new Error(`no RabbitMQ on port ${port}`);
}
