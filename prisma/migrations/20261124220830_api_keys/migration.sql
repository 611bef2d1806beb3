-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT[],
    "secret_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key_use" (
    "key_id" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "reserved" INTEGER NOT NULL,

    CONSTRAINT "api_key_use_pkey" PRIMARY KEY ("key_id")
);
