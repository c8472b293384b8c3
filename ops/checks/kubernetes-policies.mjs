// Rules that no schema can express: the restricted security profile, the drain, and names that have to agree.

const drainSeconds = 70;
const preStopSeconds = 5;
const handBackSeconds = 5;

/** @param list the objects of one rendering */
export function checkPolicies(place, list, { expect }) {
  const own = list.filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.labels['app.kubernetes.io/name'] === 'callbus',
  );
  expect(own.length === 3, `${place}: three services, not ${own.length}`);
  for (const deployment of own) checkDeployment(`${place}: ${deployment.metadata.name}`, deployment, list, expect);

  const isScaled = list.some(({ kind }) => kind === 'ScaledObject' || kind === 'HorizontalPodAutoscaler');
  const delivery = own.find(({ metadata }) => metadata.name === 'delivery');
  expect(
    isScaled === (delivery?.spec.replicas === undefined),
    `${place}: delivery has to set its replicas exactly when there is no autoscaler`,
  );
  for (const { kind, metadata } of list) {
    if (kind !== 'Namespace')
      expect(metadata.namespace === 'callbus', `${place}: ${kind} ${metadata.name} is in no namespace`);
    expect(kind !== 'Secret', `${place}: Secret ${metadata.name} is committed`);
  }
}

function checkDeployment(name, { spec, metadata }, list, expect) {
  const pod = spec.template.spec;
  const [container] = pod.containers;
  const security = container.securityContext;
  expect(pod.securityContext.runAsNonRoot === true, `${name}: may run as root`);
  expect(pod.securityContext.seccompProfile.type === 'RuntimeDefault', `${name}: no seccomp profile`);
  expect(security.allowPrivilegeEscalation === false, `${name}: may gain privileges`);
  expect(security.readOnlyRootFilesystem === true, `${name}: writes to its root`);
  expect(security.capabilities.drop.includes('ALL'), `${name}: keeps capabilities`);
  expect(pod.automountServiceAccountToken === false, `${name}: has a token of the cluster`);
  expect(
    pod.terminationGracePeriodSeconds > preStopSeconds + drainSeconds + handBackSeconds,
    `${name}: is killed before its drain is over`,
  );
  expect(container.readinessProbe.httpGet.path === '/readyz', `${name}: readiness is not /readyz`);
  expect(container.livenessProbe.httpGet.path === '/healthz', `${name}: liveness is not /healthz`);
  expect(container.resources?.requests?.cpu && container.resources.limits?.memory, `${name}: no resources`);
  expect(pod.topologySpreadConstraints?.length >= 1, `${name}: not spread`);
  const hasBudget = list.some((other) => other.kind === 'PodDisruptionBudget' && other.metadata.name === metadata.name);
  expect(hasBudget, `${name}: no disruption budget`);
  const port = container.ports.find((one) => one.name === 'http')?.containerPort;
  const setPort = container.env.find((one) => one.name === 'PORT')?.value;
  expect(String(port) === setPort, `${name}: PORT and the container's port differ`);
}
