"""Values and rules: what a pull request is, who belonged where and when, and who earns which share.

Nothing in here knows about databases, HTTP or files; it imports attrs and the standard library only.
"""
