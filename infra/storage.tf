# Secrets are made empty and filled by hand (output next_steps), so that no value ever lies in the state.
resource "aws_secretsmanager_secret" "this" {
  for_each                = local.secrets
  name                    = "${var.name}/${each.key}"
  description             = each.value
  kms_key_id              = local.key_arn
  recovery_window_in_days = var.allow_data_loss ? 0 : 7
}

# The roster and the list of repositories, which are longer than Lambda's environment may be.
resource "aws_s3_bucket" "configuration" {
  bucket        = local.bucket
  force_destroy = var.allow_data_loss
}

resource "aws_s3_bucket_versioning" "configuration" {
  bucket = aws_s3_bucket.configuration.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "configuration" {
  bucket = aws_s3_bucket.configuration.id
  rule {
    bucket_key_enabled = var.create_kms_key
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.create_kms_key ? "aws:kms" : "AES256"
      kms_master_key_id = local.key_arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "configuration" {
  bucket                  = aws_s3_bucket.configuration.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "configuration" {
  bucket = aws_s3_bucket.configuration.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:${local.partition}:s3:::${local.bucket}", "arn:${local.partition}:s3:::${local.bucket}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "configuration" {
  bucket     = aws_s3_bucket.configuration.id
  policy     = data.aws_iam_policy_document.bucket.json
  depends_on = [aws_s3_bucket_public_access_block.configuration]
}

resource "aws_s3_object" "roster" {
  count       = var.roster_file == null || var.roster_key == null ? 0 : 1
  bucket      = aws_s3_bucket.configuration.id
  key         = var.roster_key
  source      = var.roster_file
  source_hash = filemd5(var.roster_file)
  depends_on  = [aws_s3_bucket_versioning.configuration, aws_s3_bucket_server_side_encryption_configuration.configuration]
}

resource "aws_s3_object" "repositories" {
  count       = var.repositories_file == null ? 0 : 1
  bucket      = aws_s3_bucket.configuration.id
  key         = "repositories.txt"
  source      = var.repositories_file
  source_hash = filemd5(var.repositories_file)
  depends_on  = [aws_s3_bucket_versioning.configuration, aws_s3_bucket_server_side_encryption_configuration.configuration]
}
