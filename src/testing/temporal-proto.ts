import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const definition = loadPackageDefinition(
  loadSync(fileURLToPath(new URL('temporal.proto', import.meta.url)), {
    defaults: true,
    enums: String,
    keepCase: true,
  }),
) as unknown as {
  temporal: {
    api: { workflowservice: { v1: { WorkflowService: ServiceClientConstructor } } };
  };
};

/** Temporal's service as temporal.proto has it: fields have their names there, enums are texts. */
export const { WorkflowService } = definition.temporal.api.workflowservice.v1;
