// Rules that no schema can express: the restricted security profile, the drain, and names that have to agree.

const drainSeconds = 70;
const preStopSeconds = 5;
const handBackSeconds = 5;
/** Secrets that operators create, and that docs/operations/backup.md creates. */
const otherSecrets = new Set(['rabbitmq-default-user', 'postgres-app', 'keda-prometheus', 'backups']);

/**
 * @param list the objects of one rendering
 * @param made the keys of each Secret that scripts/make-secrets.mjs makes for it; undefined for a component on the base alone
 */
export function checkPolicies(place, list, made, { expect }) {
  const own = list.filter(({ kind, metadata }) => kind === 'Deployment' && isOwn(metadata));
  expect(own.length === 3, `${place}: three services, not ${own.length}`);
  for (const deployment of own) checkDeployment(`${place}: ${deployment.metadata.name}`, deployment, list, expect);
  const withPods = list.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  for (const { metadata, spec } of withPods) checkProfile(`${place}: ${metadata.name}`, spec.template.spec, expect);
  if (made !== undefined) checkOverlay(place, list, { made, withPods, expect });

  const delivery = own.find(({ metadata }) => metadata.name === 'delivery');
  if (isScaled(list))
    expect(delivery?.spec.replicas === undefined, `${place}: delivery sets the replicas that its autoscaler sets`);
  for (const { kind, metadata } of list) {
    expect(kind !== 'Namespace', `${place}: kubectl delete -k would delete the namespace and its volume claims`);
    expect(metadata.namespace === 'callbus', `${place}: ${kind} ${metadata.name} is not in the namespace callbus`);
    expect(kind !== 'Secret', `${place}: Secret ${metadata.name} is committed`);
    expect(!metadata.name.startsWith('installation'), `${place}: the settings of the installation would be applied`);
  }
}

const isOwn = ({ labels }) => labels?.['app.kubernetes.io/name'] === 'callbus';
const isScaled = (list) => list.some(({ kind }) => kind === 'ScaledObject' || kind === 'HorizontalPodAutoscaler');

/** Rules for what is installed as a whole. */
function checkOverlay(place, list, { made, withPods, expect }) {
  for (const { metadata, spec } of withPods)
    expect(
      spec.replicas !== undefined || isScaled(list) || metadata.name === 'subscription',
      `${place}: ${metadata.name} has no number of replicas`,
    );
  for (const text of JSON.stringify(list).matchAll(/"secretKeyRef":(\{[^}]*\})/g)) {
    const { name, key, optional } = JSON.parse(text[1]);
    if (optional !== true && !otherSecrets.has(name))
      expect(made.get(name)?.includes(key), `${place}: nothing makes ${key} of Secret ${name}`);
  }
}

/** The profile that k8s/namespace.yaml enforces, and a read-only root where the image allows it. */
function checkProfile(name, pod, expect) {
  expect(pod.securityContext?.runAsNonRoot === true, `${name}: may run as root`);
  expect(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', `${name}: no seccomp profile`);
  expect(pod.automountServiceAccountToken === false, `${name}: has a token of the cluster`);
  for (const { securityContext: security } of pod.containers) {
    expect(security?.allowPrivilegeEscalation === false, `${name}: may gain privileges`);
    expect(security?.capabilities?.drop.includes('ALL'), `${name}: keeps capabilities`);
  }
}

function checkDeployment(name, { spec, metadata }, list, expect) {
  const pod = spec.template.spec;
  const [container] = pod.containers;
  expect(container.securityContext.readOnlyRootFilesystem === true, `${name}: writes to its root`);
  expect(
    pod.terminationGracePeriodSeconds > preStopSeconds + drainSeconds + handBackSeconds,
    `${name}: is killed before its drain is over`,
  );
  expect(container.readinessProbe.httpGet.path === '/readyz', `${name}: readiness is not /readyz`);
  expect(container.livenessProbe.httpGet.path === '/healthz', `${name}: liveness is not /healthz`);
  expect(container.resources?.requests?.cpu && container.resources.limits?.memory, `${name}: no resources`);
  expect(pod.topologySpreadConstraints?.length >= 1, `${name}: not spread`);
  const budget = list.find((one) => one.kind === 'PodDisruptionBudget' && one.metadata.name === metadata.name);
  expect(
    budget?.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow',
    `${name}: no disruption budget that lets a drain evict pods that are not ready`,
  );
  const port = container.ports.find((one) => one.name === 'http')?.containerPort;
  const setPort = container.env.find((one) => one.name === 'PORT')?.value;
  expect(String(port) === setPort, `${name}: PORT and the container's port differ`);
  // A registry that does not exist, a digest, or an image of the node: never an image of somebody else's registry.
  const isOurs =
    /^registry\.invalid\/|@sha256:[0-9a-f]{64}$/.test(container.image) || container.imagePullPolicy === 'IfNotPresent';
  expect(isOurs, `${name}: ${container.image} may be somebody else's image`);
  checkVariables(name, container.env, expect);
}

/** Kubernetes replaces $(NAME) only by a variable that comes before. */
function checkVariables(name, env, expect) {
  const before = new Set();
  for (const { name: variable, value = '' } of env) {
    for (const [, used] of value.matchAll(/\$\((\w+)\)/g))
      expect(before.has(used), `${name}: ${variable} contains ${used}, which does not come before it`);
    before.add(variable);
  }
}

/** Rules for the servers of the production overlay. */
export function checkServers(list, { expect }) {
  const find = (kind, name) => list.find((one) => one.kind === kind && one.metadata.name === name);
  for (const server of ['rabbitmq', 'postgres', 'redis'])
    expect(
      find('NetworkPolicy', server)?.spec.policyTypes.includes('Ingress'),
      `production: ${server} is open to every namespace`,
    );
  for (const server of ['rabbitmq', 'postgres'])
    expect(find('PodMonitor', server) !== undefined, `production: Prometheus does not scrape ${server}`);
  const { spec } = find('Cluster', 'postgres');
  expect(
    spec.postgresql.synchronous.dataDurability === 'required',
    'production: a promotion may lose answered changes',
  );
  const [plugin] = spec.plugins ?? [];
  expect(plugin?.isWALArchiver === true, 'production: the write-ahead log is not archived');
  expect(
    find('ObjectStore', plugin?.parameters.barmanObjectName) !== undefined && find('ScheduledBackup', 'postgres'),
    'production: no backups',
  );
  const [redis] = find('StatefulSet', 'redis').spec.template.spec.containers;
  const maxMemoryMb = Number(/--maxmemory (\d+)mb/.exec(JSON.stringify(list))?.[1]);
  const limitMi = Number(/^(\d+)Mi$/.exec(redis.resources.limits.memory)?.[1]);
  expect(limitMi >= 1.5 * maxMemoryMb, 'production: Redis has too little memory to rewrite its append-only file');
}
