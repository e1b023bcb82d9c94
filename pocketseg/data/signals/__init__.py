"""What can be said of the person in a photo from the photo alone: joints and a silhouette, never the masks."""
