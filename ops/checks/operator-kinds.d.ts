// The kinds of RabbitMQ's operators and of the Barman Cloud plug-in in k8s/. No package has their schemas, so these types follow the
// reference of each operator by hand, for the fields in use. They find a mistyped field, but not a field that an operator has changed.
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

interface KeyOfSecret {
  name: string;
  key: string;
}

export interface IObjectStore {
  apiVersion: 'barmancloud.cnpg.io/v1';
  kind: 'ObjectStore';
  metadata: IObjectMeta;
  spec: {
    retentionPolicy?: `${number}${'d' | 'w' | 'm'}`;
    configuration: {
      destinationPath: string;
      endpointURL?: string;
      s3Credentials?: { accessKeyId: KeyOfSecret; secretAccessKey: KeyOfSecret };
      wal?: { compression?: 'bzip2' | 'gzip' | 'lz4' | 'snappy' | 'xz' | 'zstd' };
      data?: { compression?: 'bzip2' | 'gzip' | 'snappy' };
    };
  };
}
