import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import { packageRoot } from '#libs/platform/index.js';
import { docsStyle } from './docs.style.js';

/** Everything comes from this service: no script, style or picture of anybody else. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'";

/** /docs for people and /docs/openapi.json for programs. */
export function publishDocs(app: NestExpressApplication): void {
  app.use('/docs', (_request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Content-Security-Policy', policy);
    next();
  });
  SwaggerModule.setup('docs', app, readDocument, {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Return Receipt: the HTTP interface',
    customCss: docsStyle,
    swaggerOptions: {
      validatorUrl: null,
      persistAuthorization: false,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      docExpansion: 'list',
      tryItOutEnabled: false,
    },
  });
}

/** As the build described the routes: to do it here would take a fifth of a start. */
function readDocument(): OpenAPIObject {
  return JSON.parse(readFileSync(join(packageRoot, 'dist/openapi.json'), 'utf8')) as OpenAPIObject;
}
