import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import * as answerTerms from '../contract/answer.terms.js';
import * as batchesAnswers from '../contract/batches.answers.js';
import * as batchesRequests from '../contract/batches.requests.js';
import * as callBacksAnswers from '../contract/call-backs.answers.js';
import * as callBacksRequests from '../contract/call-backs.requests.js';
import * as healthAnswers from '../contract/health.answers.js';
import * as importsRequests from '../contract/imports.requests.js';
import * as notificationsAnswers from '../contract/notifications.answers.js';
import * as notificationsRequests from '../contract/notifications.requests.js';
import * as operateAnswers from '../contract/operate.answers.js';
import * as operateRequests from '../contract/operate.requests.js';
import * as receiptsAnswers from '../contract/receipts.answers.js';
import * as receiptsRequests from '../contract/receipts.requests.js';
import * as returnsAnswers from '../contract/returns.answers.js';
import * as returnsRequests from '../contract/returns.requests.js';
import * as standingAnswers from '../contract/standing.answers.js';
import * as standingRequests from '../contract/standing.requests.js';
import { componentsOf, jsonSchemaOf } from './json.schemas.js';
import { TAKES } from './operation.js';
import { introduction, tagOf, tags } from './introduction.js';

/** Where people look with a browser: no part of the interface between programs. */
const pages = /^\/($|preview|ops|sign-in|sign-out|docs|problems)/;

interface Operation {
  tags?: string[];
  requestBody?: object;
  [TAKES]?: object;
}

/** The routes of an application that programs call, the zod schemas that validate, and the words of each operation, as OpenAPI 3.1. */
export function describeApplication(app: INestApplication): OpenAPIObject {
  const whole = SwaggerModule.createDocument(app, frame(), {
    autoTagControllers: false,
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}.${method}`,
    standardSchemaConverter: (schema, { schemaType }) => ({
      schema: jsonSchemaOf(schema as z.ZodType, schemaType),
    }),
  });
  const paths = Object.fromEntries(Object.entries(whole.paths).filter(([path]) => !pages.test(path)));
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations as Record<string, Operation>)) {
      const { [TAKES]: content } = operation;
      operation.tags = [tagOf(method, path)];
      if (content) operation.requestBody = { required: true, content };
      delete operation[TAKES];
    }
  }
  return { ...whole, paths };
}

function frame() {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Return Receipt')
    .setVersion('1')
    .setDescription(introduction)
    .addBearerAuth({ type: 'http', description: 'A key, as `Authorization: Bearer KEY`.' }, 'key')
    .addBasicAuth(
      { type: 'http', description: 'The same key as the password, with any name: for browsers.' },
      'browser',
    )
    .addSecurityRequirements('key')
    .addSecurityRequirements('browser');
  for (const { name, about } of tags) builder.addTag(name, about);
  const document = builder.build();
  const schemas = {
    ...componentsOf(
      {
        ...batchesRequests,
        ...callBacksRequests,
        ...importsRequests,
        ...notificationsRequests,
        ...operateRequests,
        ...receiptsRequests,
        ...returnsRequests,
        ...standingRequests,
      },
      'input',
    ),
    ...componentsOf(
      {
        ...answerTerms,
        ...batchesAnswers,
        ...callBacksAnswers,
        ...healthAnswers,
        ...notificationsAnswers,
        ...operateAnswers,
        ...receiptsAnswers,
        ...returnsAnswers,
        ...standingAnswers,
      },
      'output',
    ),
  };
  // By name: in which order the modules hold them is nobody's business, and differs with who loads them.
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...document, components: { ...document.components, schemas: sorted } };
}
