"""What a photo alone tells about the person in it: joints and a silhouette, never anything from the masks."""
