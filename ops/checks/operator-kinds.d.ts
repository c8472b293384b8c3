// The two kinds of RabbitMQ's operators in k8s/. No package has their schemas, so these types follow the operators' reference by
// hand, for the fields in use. They find a mistyped field, but not a field that the operators have changed.
import type { IObjectMeta } from '@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta';
import type { IAffinity } from 'kubernetes-models/v1/Affinity';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { IResourceRequirements } from 'kubernetes-models/v1/ResourceRequirements';

export interface IRabbitmqCluster {
  apiVersion: 'rabbitmq.com/v1beta1';
  kind: 'RabbitmqCluster';
  metadata: IObjectMeta;
  spec: {
    replicas?: 1 | 3 | 5;
    image?: string;
    resources?: IResourceRequirements;
    affinity?: IAffinity;
    persistence?: { storageClassName?: string; storage?: string };
    rabbitmq?: { additionalPlugins?: string[]; additionalConfig?: string; advancedConfig?: string; envConfig?: string };
    terminationGracePeriodSeconds?: number;
    override?: { statefulSet?: { spec?: { template?: { spec?: IPodSpec } } } };
  };
}

export interface IPolicy {
  apiVersion: 'rabbitmq.com/v1beta1';
  kind: 'Policy';
  metadata: IObjectMeta;
  spec: {
    name: string;
    vhost?: string;
    pattern: string;
    applyTo?: 'queues' | 'exchanges' | 'all' | 'classic_queues' | 'quorum_queues' | 'streams';
    priority?: number;
    definition: { 'max-length-bytes'?: number; overflow?: 'reject-publish' | 'drop-head' };
    rabbitmqClusterReference: { name: string; namespace?: string };
  };
}
